"""docs/errors.md lists every error code of the source, and no other."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("core", "scene", "operators", "panels", "wheels", "benchmarks")


def codes_in(path: Path) -> set[str]:
    """The first argument of every RestageError that the file makes, and of what inherits from it."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args]
    for inheriting in (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)):
        if any(isinstance(base, ast.Name) and base.id == "RestageError" for base in inheriting.bases):
            calls += [
                node
                for node in ast.walk(inheriting)
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "__init__"
            ]
    return {
        node.args[0].value
        for node in calls
        if isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
        and (
            (isinstance(node.func, ast.Name) and node.func.id == "RestageError")
            or (isinstance(node.func, ast.Attribute) and node.func.attr in ("RestageError", "__init__"))
        )
    }


def source_files() -> list[Path]:
    inner = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")]
    return inner + list(ROOT.glob("*.py"))


def test_every_code_is_explained_and_every_explained_code_exists() -> None:
    used = set().union(*map(codes_in, source_files()))
    text = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `([a-z_]+)` \|", text, flags=re.MULTILINE)
    assert len(listed) == len(set(listed))
    assert set(listed) == used
    # The search itself works: these are made in three different ways.
    assert {"cancelled", "no_person", "bad_settings"} <= used
