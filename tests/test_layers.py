"""The layer rule, read from the source: who may import what."""

import ast
import re
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from core.engine_wheels import lock_lines

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("core", "operators", "panels", "scene")
BLENDER_ROOMS = ("operators", "panels", "scene")
BLENDER_MODULES = {
    "bpy",
    "bpy_extras",
    "bmesh",
    "mathutils",
    "gpu",
    "blf",
    "aud",
    "bl_math",
    "addon_utils",
    "freestyle",
}
# Blender's process brings these and no others.
IN_BLENDER = set(sys.stdlib_module_names) | BLENDER_MODULES | {"numpy"}
ENGINE = (
    "engine",
    "engine_packages",
    "engine_wheels",
    "engine_run",
    "engine_system",
    "engine_commands",
    "engine_fetch",
)
# Read by Blender, by a bare Python, or before the environment exists.
LIGHT = (
    "arrays",
    "job",
    "job_check",
    "job_paths",
    "job_schema",
    "settings",
    "source",
    "spaces",
    "stages",
    "events",
    "errors",
    "failures",
    *ENGINE,
    "engine_care",
    "setup_process",
)
WITHOUT_NUMPY = (
    "job_paths",
    "job_schema",
    "settings",
    "events",
    "errors",
    "failures",
    *ENGINE,
    "engine_care",
    "setup_process",
)
# Started as a file by a bare Python, these reach their neighbours without a package around them.
STARTED_AS_FILE = ENGINE
# Makes what is shipped, with a package that nobody else needs.
ELSEWHERE = ("core/body/export_anny.py",)
# Lies in a room of Blender's and runs outside it, as a process where core is a package by itself.
STARTED_AS_MODULE = ("scene/setup_process.py",)


def sources(*rooms: str) -> list[Path]:
    return sorted(path for room in rooms for path in (ROOT / room).rglob("*.py"))


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imports(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Every import anywhere in the tree: (top name of the module, level of a relative import)."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name.split(".")[0], 0) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").split(".")[0], node.level


def module_level(tree: ast.Module) -> ast.Module:
    """The tree without what runs only when a function is called."""

    class Shallow(ast.NodeTransformer):
        def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
            return None

        def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
            return None

    return ast.fix_missing_locations(Shallow().visit(tree))


def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def outside(path: Path) -> set[str]:
    """Top names of all absolute imports of a file, but for neighbours of a file that starts by itself."""
    found = {top for top, level in imports(parse(path)) if level == 0}
    if path.parent.name == "core" and path.stem in STARTED_AS_FILE:
        return found - set(LIGHT)
    return found - {"core"} if name(path) in STARTED_AS_MODULE else found


@pytest.mark.parametrize("path", sources("core"), ids=name)
def test_core_never_imports_blender(path: Path) -> None:
    assert not outside(path) & BLENDER_MODULES


@pytest.mark.parametrize("path", [path for path in sources("core") if name(path) not in ELSEWHERE], ids=name)
def test_a_clip_needs_only_what_set_up_installs(path: Path) -> None:
    """What training and evaluation need besides is not there on the user's machine."""
    if path.parent.relative_to(ROOT / "core").parts[:1] in (("training",), ("evaluation",)):
        return
    groups = ["worker", "pamir"] if path.parent.name == "body" else ["worker"]
    locked = {re.split(r"==| ", line)[0] for line in lock_lines(groups)}
    wanted = outside(path) - set(sys.stdlib_module_names)
    assert not {top for top in wanted if not locked & owners(top)}


@cache
def owners(module: str) -> set[str]:
    """The packages that bring a module, as the lock writes their names."""
    return {owner.lower().replace("_", "-") for owner in brought().get(module, ())}


@cache
def brought() -> Mapping[str, list[str]]:
    return packages_distributions()


@pytest.mark.parametrize("path", sources(*BLENDER_ROOMS) + sorted(ROOT.glob("__init__.py")), ids=name)
def test_blender_process_needs_only_what_blender_brings(path: Path) -> None:
    assert outside(path) <= IN_BLENDER


@pytest.mark.parametrize("module", LIGHT)
def test_shared_modules_are_light(module: str) -> None:
    tree = module_level(parse(ROOT / "core" / f"{module}.py"))
    allowed = set(sys.stdlib_module_names) | ({"numpy"} if module not in WITHOUT_NUMPY else set())
    allowed |= set(LIGHT) if module in STARTED_AS_FILE else set()
    assert {top for top, level in imports(tree) if level == 0} <= allowed
    assert {top for top, level in imports(tree) if level > 0} <= set(LIGHT)


@pytest.mark.parametrize("path", sources(*ROOMS), ids=name)
def test_package_imports_itself_relatively(path: Path) -> None:
    """An installed extension has another name, so an absolute import of itself fails there."""
    assert not outside(path) & {"restage", *ROOMS}


@pytest.mark.parametrize("path", sources(*ROOMS), ids=name)
def test_no_file_touches_the_search_path(path: Path) -> None:
    touched = [
        node
        for node in ast.walk(parse(path))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and (node.value.id, node.attr) == ("sys", "path")
    ]
    assert not touched


def test_no_module_hides_one_of_pythons() -> None:
    """`python3 core/engine.py` puts core first on the search path."""
    names = {path.stem for path in (ROOT / "core").glob("*.py")} | {
        path.name for path in (ROOT / "core").iterdir() if path.is_dir()
    }
    assert not names & set(sys.stdlib_module_names)
