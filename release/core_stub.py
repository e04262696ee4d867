"""Generates python/fastsamplers/_core.pyi from the extension that is installed, or checks it.

python -m release.core_stub            write it (make stubs)
python -m release.core_stub --check    exit 1 where the committed one is another (make lint)

Signatures come from pybind11 by pybind11-stubgen; the iterators' from csrc/python/iterators.pyi.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
STUB = ROOT / "python" / "fastsamplers" / "_core.pyi"
ITERATORS = ROOT / "csrc" / "python" / "iterators.pyi"
# What pybind11 takes for an integer. The package gives ints, and mypy shall see that it does.
INTEGER = "typing.SupportsInt | typing.SupportsIndex"


class _Plain(ast.NodeTransformer):
    """Without docstrings, which the extension has at run time, and without values."""

    def _undocumented(self, node: ast.FunctionDef | ast.ClassDef) -> ast.AST:
        self.generic_visit(node)
        if ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:] or [ast.Expr(ast.Constant(...))]
        return node

    visit_FunctionDef = _undocumented
    visit_ClassDef = _undocumented

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        if ast.unparse(node.annotation) != "typing.TypeAlias":
            node.value = None
        return node


def signatures() -> ast.Module:
    """What pybind11-stubgen finds in the extension."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pybind11_stubgen", "fastsamplers._core", "--exit-code"]
        subprocess.run([*command, "-o", folder], check=True)
        text = (Path(folder) / "fastsamplers" / "_core.pyi").read_text(encoding="utf-8")
    return ast.parse(text.replace(INTEGER, "int"))


def merged(generated: ast.Module, iterators: ast.Module) -> ast.Module:
    """The generated module with the iterators' definitions in place of what it has of them."""
    written = {node.name for node in iterators.body if isinstance(node, ast.ClassDef)}
    imports: list[ast.stmt] = []
    rest: list[ast.stmt] = []
    for node in generated.body[1:] + iterators.body:  # the first is the docstring
        if isinstance(node, ast.ImportFrom) and node.module in {"__future__", "fastsamplers._core"}:
            continue
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "__all__":
            continue
        if isinstance(node, ast.ClassDef) and node.name in written and node in generated.body:
            continue
        (imports if isinstance(node, ast.Import | ast.ImportFrom) else rest).append(node)
    return ast.Module(imports + rest, type_ignores=[])


def formatted(module: ast.Module) -> str:
    """As the project's formatter writes it."""
    text = ast.unparse(ast.fix_missing_locations(_Plain().visit(module)))
    name = ["--stdin-filename", str(STUB)]
    for command in (["check", "--fix", "--quiet", "--exit-zero"], ["format", "--quiet"]):
        text = subprocess.run(
            [sys.executable, "-m", "ruff", *command, *name, "-"],
            input=text,
            capture_output=True,
            text=True,
            check=True,
            cwd=ROOT,
        ).stdout
    return text


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing, show what differs")
    check = parser.parse_args().check
    iterators = ast.parse(ITERATORS.read_text(encoding="utf-8"))
    stub = formatted(merged(signatures(), iterators))
    if not check:
        STUB.write_text(stub, encoding="utf-8")
        return 0
    lines = (STUB.read_text(encoding="utf-8").splitlines(), stub.splitlines())
    differences = list(difflib.unified_diff(*lines, "committed", "generated", lineterm=""))
    print("\n".join(differences), end="\n" if differences else "")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
