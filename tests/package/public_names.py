"""What the package offers, read from its source: names, parameters, docstrings.

Nothing is imported, so that adapters are read where their frameworks are not installed.
"""

from __future__ import annotations

import ast
import functools
import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

_SPEC = importlib.util.find_spec("fastsamplers")
assert _SPEC is not None
assert _SPEC.origin is not None
PACKAGE = Path(_SPEC.origin).parent
FRAMEWORKS = ("accelerate", "lightning", "ray", "transformers")
Definition = ast.ClassDef | ast.FunctionDef


@dataclass(frozen=True)
class Item:
    """A class, function, method or property that users call.

    Attributes:
        name: as it is imported; of a method, with its class before it.
        owner: the module and class that define it: "samplers.stream.StreamSampler".
        kind: "class", "dataclass", "function", "method" or "property".
        parameters: names, without self.
        returns: whether the annotation says that something comes back.
        text: the docstring.
    """

    name: str
    owner: str
    kind: str
    parameters: tuple[str, ...]
    returns: bool
    text: str
    members: tuple[Item, ...] = field(default=(), repr=False)

    def without(self, part: str) -> Item:
        """The same with a part of the docstring removed."""
        assert part in self.text
        return replace(self, text=self.text.replace(part, ""))


@functools.cache
def tree_of(module: str) -> ast.Module:
    path = PACKAGE.joinpath(*module.split(".")) if module else PACKAGE
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return ast.parse(file.read_text(encoding="utf-8"))


def names_in(module: str) -> list[str]:
    """``__all__`` of a module."""
    for node in tree_of(module).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            names: list[str] = ast.literal_eval(node.value)
            return names
    raise AssertionError(f"{module} has no __all__")


def defined(module: str, name: str) -> tuple[str, Definition] | None:
    """Where a name of a module is defined, following imports within the package."""
    tree = tree_of(module)
    for node in tree.body:
        if isinstance(node, Definition) and node.name == name and not _is_overload(node):
            return module, node
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("fastsamplers"):
            for alias in node.names:
                if (alias.asname or alias.name) == name:
                    _, _, source = str(node.module).partition(".")
                    return None if source == module else defined(source, alias.name)
    return None


def _is_overload(node: Definition) -> bool:
    return any(ast.unparse(each) == "overload" for each in node.decorator_list)


def public_items() -> Iterator[Item]:
    """Everything that users import, with its members; modules and constants left out."""
    yield from _items_of("", "fastsamplers.")
    for module in ("functional", "planning", *(f"integrations.{name}" for name in FRAMEWORKS)):
        yield from _items_of(module, f"fastsamplers.{module}.")


def constants() -> set[str]:
    """Public names that are neither classes nor functions nor modules."""
    return {
        f"fastsamplers.planning.{name}"
        for name in names_in("planning")
        if defined("planning", name) is None
    }


def _items_of(module: str, prefix: str) -> Iterator[Item]:
    for name in names_in(module):
        found = defined(module, name)
        if found is not None:
            yield _item(prefix + name, *found)


def _item(name: str, module: str, node: Definition) -> Item:
    text = ast.get_docstring(node) or ""
    owner = f"{module}.{node.name}"
    if isinstance(node, ast.FunctionDef):
        return Item(name, owner, "function", _parameters(node), _returns(node), text)
    is_data = any("dataclass" in ast.unparse(each) for each in node.decorator_list)
    if is_data:
        fields = [each for each in node.body if isinstance(each, ast.AnnAssign)]
        names = tuple(ast.unparse(each.target) for each in fields)
        return Item(name, owner, "dataclass", names, False, text)
    init = next((each for each in _methods(node) if each.name == "__init__"), None)
    parameters = _parameters(init) if init else ()
    members = tuple(_members(name, module, node))
    return Item(name, owner, "class", parameters, False, text, members)


def _members(name: str, module: str, node: ast.ClassDef) -> Iterator[Item]:
    """Public methods and properties of a class and of its bases in the package."""
    seen: dict[str, Item] = {}
    for where, base in _with_bases(module, node):
        for method in _methods(base):
            if method.name.startswith("_") or method.name.endswith(".setter"):
                continue
            decorators = [ast.unparse(each) for each in method.decorator_list]
            if any(each == "overload" or each.endswith(".setter") for each in decorators):
                continue
            kind = "property" if "property" in decorators else "method"
            text = ast.get_docstring(method) or ""
            if method.name in seen:
                if not seen[method.name].text:  # what is inherited says it
                    seen[method.name] = replace(seen[method.name], text=text)
                continue
            seen[method.name] = Item(
                f"{name}.{method.name}",
                f"{where}.{base.name}",
                kind,
                _parameters(method),
                _returns(method),
                text,
            )
    yield from seen.values()


def _with_bases(module: str, node: ast.ClassDef) -> Iterator[tuple[str, ast.ClassDef]]:
    yield module, node
    for base in node.bases:
        found = defined(module, ast.unparse(base).split("[")[0])
        if found is not None and isinstance(found[1], ast.ClassDef):
            yield from _with_bases(found[0], found[1])


def _methods(node: ast.ClassDef) -> list[ast.FunctionDef]:
    return [each for each in node.body if isinstance(each, ast.FunctionDef)]


def _parameters(node: ast.FunctionDef) -> tuple[str, ...]:
    arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    return tuple(each.arg for each in arguments if each.arg not in ("self", "cls"))


def _returns(node: ast.FunctionDef) -> bool:
    return node.returns is not None and ast.unparse(node.returns) not in ("None", "Any")
