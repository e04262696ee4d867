"""What users may call, as each release had it: later versions take nothing of it away.

`python -m release.public_api` writes that of the present version, once, before its release. griffe
reads the source, so that no framework is needed, and finds what would break a caller.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import griffe

FOLDER = Path(__file__).parents[1] / "tests" / "data" / "api"
ALLOWED = FOLDER / "allowed.json"
_FRAMEWORKS = ("accelerate", "lightning", "ray", "transformers")
_MODULES = ("", "functional", "planning", *(f"integrations.{name}" for name in _FRAMEWORKS))
Description = dict[str, Any]


def present() -> Description:
    """The public API of the installed package: modules, names, signatures, annotations.

    A module has the names in its ``__all__``, a class also what it inherits within the package.
    """
    spec = importlib.util.find_spec("fastsamplers")
    assert spec is not None
    assert spec.origin is not None
    root = griffe.load(
        "fastsamplers",
        search_paths=[Path(spec.origin).parents[1]],
        allow_inspection=False,
        resolve_aliases=True,
    )
    found = {}
    for path in _MODULES:
        module = root[path] if path else root
        names = sorted(str(name) for name in module.exports or [])
        members = {name: module[name] for name in names}
        found[module.path] = {
            name: _described(member) for name, member in members.items() if not member.is_module
        }
    return found


def _text(expression: Any) -> str | None:
    return None if expression is None else str(expression)


def _described(member: Any) -> Description:
    target = member.final_target if member.is_alias else member
    described: Description = {"kind": target.kind.value, "name": member.name}
    if target.is_function:
        described["parameters"] = [
            {
                "name": parameter.name,
                "kind": parameter.kind.value,
                "annotation": _text(parameter.annotation),
                "default": _text(parameter.default),
            }
            for parameter in target.parameters
        ]
        described["returns"] = _text(target.returns)
    elif target.is_class:
        described["bases"] = [str(base) for base in target.bases]
        described["members"] = {
            name: _described(each)
            for name, each in sorted(target.all_members.items())
            if name == "__init__" or not name.startswith("_")
        }
    else:
        described["annotation"] = _text(target.annotation)
    return described


def breakages(old: Description, new: Description) -> list[str]:
    """What a caller of ``old`` cannot rely on in ``new``, a line each."""
    return sorted(
        line for path in old for line in _breakages_of(path, old[path], new.get(path, {}))
    )


def _breakages_of(path: str, old: Description, new: Description) -> Iterator[str]:
    for breakage in griffe.find_breaking_changes(_as_griffes(path, old), _as_griffes(path, new)):
        changed = breakage.old_value
        name = f"({changed.name})" if isinstance(changed, griffe.Parameter) else ""
        yield f"{breakage.obj.path}{name}: {breakage.kind.value}"


def _as_griffes(path: str, members: Description) -> Any:
    def decoded(given: Description) -> Any:
        # griffe wants line numbers, which say nothing of an API.
        return griffe.json_decoder({"lineno": None, **given} if "kind" in given else given)

    text = json.dumps({"kind": "module", "name": path, "members": members})
    return json.loads(text, object_hook=decoded)


def as_text(described: Description) -> str:
    """JSON with one line for each name, so that a difference of two files can be read."""
    modules = []
    for path, members in described.items():
        lines = ",\n  ".join(
            f"{json.dumps(name)}: {json.dumps(of)}" for name, of in members.items()
        )
        modules.append(f" {json.dumps(path)}: {{\n  {lines}\n }}")
    return "{\n" + ",\n".join(modules) + "\n}\n"


def main() -> None:
    """Writes the API of the present version."""
    file = FOLDER / f"{version('fastsamplers')}.json"
    if file.exists():
        sys.exit(f"{file} is there, and the API of a release never changes")
    file.write_text(as_text(present()), encoding="utf-8")


if __name__ == "__main__":
    main()
