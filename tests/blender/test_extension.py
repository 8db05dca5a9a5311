"""The extension as users get it: built and listed by Blender's own tool, installed from a file and from a server.

RESTAGE_BPY_PYTHONS may name more Pythons with other versions of the package bpy, separated as in PATH.
"""

import ast
import functools
import json
import os
import subprocess
import sys
import threading
import tomllib
import zipfile
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from core.engine_packages import PIP
from release.make import excluded_files, extension_tool, make_release
from tests.blender.walk import ROOT
from tests.core.small_engine import build_wheel, write_hashes

INSTALL = Path(__file__).with_name("install_extension.py")
PYTHONS = [sys.executable, *filter(None, os.environ.get("RESTAGE_BPY_PYTHONS", "").split(os.pathsep))]


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder without a line for every request."""

    def log_message(self, *_arguments: object) -> None:
        return


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_release(extension_tool(), tmp_path_factory.mktemp("repository"))


@pytest.fixture(scope="module")
def address(package: Path) -> Iterator[str]:
    """The address of the repository that holds the package."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(package.parent)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/index.json"
    server.shutdown()


def test_the_zip_holds_what_runs_and_nothing_else(package: Path) -> None:
    with zipfile.ZipFile(package) as archive:
        names = archive.namelist()
    assert {name.partition("/")[0] for name in names if "/" in name} == {"core", "operators", "panels", "scene"}
    assert {"blender_manifest.toml", "__init__.py", "LICENSE", "NOTICE", "restage_batch.py"} <= set(names)
    unwanted = (".pyc", ".zip", ".blend", ".mp4")
    assert [name for name in names if "__pycache__" in name or name.endswith(unwanted)] == ["core/self_test.mp4"]
    # Of these 15 MB are MediaPipe's models and 17 MB are our own weights.
    assert package.stat().st_size < 36e6
    with zipfile.ZipFile(package) as archive:
        # No package comes into the Python that Blender's extensions share.
        assert "wheels" not in tomllib.loads(archive.read("blender_manifest.toml").decode())


def test_a_zip_with_what_the_manifest_leaves_out_is_noticed(package: Path, tmp_path: Path) -> None:
    assert not excluded_files(package)
    with zipfile.ZipFile(tmp_path / "restage.zip", "w") as archive:
        for name in ("core/errors.py", "output/clip.blend", "tests/conftest.py", "core/weights/output/x"):
            archive.writestr(name, "")
    assert excluded_files(tmp_path / "restage.zip") == ["output/clip.blend", "tests/conftest.py"]


def test_a_tool_that_leaves_nothing_out_makes_no_release(tmp_path: Path) -> None:
    """As Blender 5.0 on Python 3.14 does."""
    tool = tmp_path / "tool.py"
    tool.write_text(
        "import sys, zipfile\n"
        "if sys.argv[1] == 'build':\n"
        "    with zipfile.ZipFile(sys.argv[sys.argv.index('--output-dir') + 1] + '/restage-1.zip', 'w') as archive:\n"
        "        archive.writestr('output/clip.blend', '')\n"
    )
    with pytest.raises(ValueError, match="held output/clip.blend and 0 more"):
        make_release([sys.executable, str(tool)], tmp_path / "repository")
    assert not list((tmp_path / "repository").iterdir())


def test_the_zip_brings_the_tool_for_machines_without_a_network(package: Path, tmp_path: Path) -> None:
    """With another lock, of one package that a folder serves instead of the network."""
    with zipfile.ZipFile(package) as archive:
        archive.extractall(tmp_path / "extension")
    wheels, core = tmp_path / "wheels", next((tmp_path / "extension").rglob("engine.lock")).parent
    wheels.mkdir()
    build_wheel(wheels, "alpha", "1.0")
    build_wheel(wheels, "pip", PIP.partition("==")[2])
    (core / "engine.lock").write_text("# [worker]\nalpha==1.0\n")
    write_hashes(core / "engine.hashes", wheels)
    answer = subprocess.run(
        [sys.executable, str(core / "engine.py"), "fetch", "folder", "--system", "windows", "--python", "3.11"],
        env=os.environ | {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert {path.name for path in (tmp_path / "folder").iterdir()} == {path.name for path in wheels.iterdir()}


def test_the_repository_lists_the_package_with_its_hash(package: Path) -> None:
    listed = json.loads((package.parent / "index.json").read_text(encoding="utf-8"))["data"]
    assert [entry["id"] for entry in listed] == ["restage"]
    assert listed[0]["archive_hash"].startswith("sha256:") and listed[0]["archive_size"] == package.stat().st_size
    assert "restage" in (package.parent / "index.html").read_text(encoding="utf-8").lower()


def install(python: str, package: Path, address: str, folder: Path) -> dict[str, Any]:
    """What install_extension.py found: the zip installed as a file, removed, and installed from the repository."""
    answer = subprocess.run(
        [python, str(INSTALL), str(package), address, str(folder)], capture_output=True, text=True, timeout=300
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    found = json.loads(answer.stdout.splitlines()[-1])
    assert found["file"] and found["uninstalled"] and found["repository"]
    assert (found["warnings"], found["top level"], found["search path"]) == ([], [], [])
    assert found["files beside the code"] == []
    assert "operators/reconstruct.py" in found["shipped"]
    return found


@pytest.mark.parametrize("python", PYTHONS)
def test_it_installs_from_a_file_and_from_a_server_without_a_warning(
    package: Path, address: str, tmp_path: Path, python: str
) -> None:
    assert not any(
        name.startswith(("tests/", "docs/")) for name in install(python, package, address, tmp_path)["shipped"]
    )


def test_a_zip_of_the_repository_installs_too(address: str, tmp_path: Path) -> None:
    """What a code host gives as "Download ZIP": everything, in one folder, whatever its name."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    source = tmp_path / "restage-main.zip"
    with zipfile.ZipFile(source, "w") as archive:
        for name in filter(None, listed.split("\0")):
            archive.write(ROOT / name, f"restage-main/{name}")
    found = install(sys.executable, source, address, tmp_path / "profile")
    assert {"demo/balance.mp4", "core/weights/open.safetensors", "restage_batch.py"} <= set(found["shipped"])


def test_blenders_process_has_no_way_to_the_network() -> None:
    """The engine's own process fetches, when Set Up Engine is pressed; that button needs online access."""
    network = {"urllib", "http", "socket", "ftplib", "ssl", "requests", "smtplib"}
    for folder in ("operators", "panels", "scene"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                names += [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
                assert not network & {name.partition(".")[0] for name in names}, path
