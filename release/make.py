"""Make the extension and a repository of it: python3 -m release.make [--blender BLENDER] [--output DIR].

DIR (`dist` by default) then holds restage-VERSION.zip, which installs from disk, and index.json and index.html: put the
folder on any web server, or on a shared disk, and Blender installs and updates Restage from the address of its
index.json. Everything is done by Blender's own tool, of the Blender that is named or of the package bpy in this Python.
"""

import argparse
import importlib.util
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def extension_tool(blender: str = "") -> list[str]:
    """The command of Blender's extension tool; raises FileNotFoundError where there is none."""
    if blender:
        return [blender, "--factory-startup", "--command", "extension"]
    spec = importlib.util.find_spec("bpy")
    for folder in spec.submodule_search_locations or [] if spec else []:
        for script in Path(folder).glob("*/scripts/addons_core/bl_pkg/cli/blender_ext.py"):
            return [sys.executable, str(script)]
    raise FileNotFoundError("This Python has no package bpy. Name Blender's executable with --blender.")


def make_release(tool: Sequence[str], output: Path) -> Path:
    """Validate, build and list the extension in `output`; returns the zip.

    Older zips in the folder stay in the list: Blender then offers the newest. Raises CalledProcessError when Blender
    refuses the manifest, and ValueError when its tool does not leave out what the manifest says.
    """
    output.mkdir(parents=True, exist_ok=True)
    before = {path: path.stat().st_mtime_ns for path in output.glob("*.zip")}
    subprocess.run([*tool, "validate", str(ROOT)], check=True)
    subprocess.run([*tool, "build", "--source-dir", str(ROOT), "--output-dir", str(output)], check=True)
    package = next(path for path in output.glob("*.zip") if before.get(path) != path.stat().st_mtime_ns)
    subprocess.run([*tool, "validate", str(package)], check=True)
    if unwanted := excluded_files(package):
        package.unlink()
        raise ValueError(
            f"The zip held {unwanted[0]} and {len(unwanted) - 1} more that the manifest leaves out, so it was deleted."
            " Blender 5.0 does this where it runs on Python 3.14: name another Blender, or use the package bpy."
        )
    subprocess.run([*tool, "server-generate", "--repo-dir", str(output), "--html"], check=True)
    return package


def excluded_files(package: Path) -> list[str]:
    """Names in the zip that lie in folders which the manifest leaves out."""
    manifest = tomllib.loads((ROOT / "blender_manifest.toml").read_text())
    patterns = manifest["build"]["paths_exclude_pattern"]
    folders = tuple(pattern[1:] for pattern in patterns if pattern.startswith("/") and pattern.endswith("/"))
    with zipfile.ZipFile(package) as archive:
        return [name for name in archive.namelist() if name.startswith(folders)]


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the release and say where it is; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python3 -m release.make", description="Make the extension's repository.")
    parser.add_argument("--blender", default="", help="Blender's executable; default: the package bpy of this Python")
    parser.add_argument("--output", type=Path, default=ROOT / "dist", metavar="DIR", help="default: dist")
    options = parser.parse_args(arguments)
    try:
        package = make_release(extension_tool(options.blender), options.output.absolute())
    except (subprocess.CalledProcessError, FileNotFoundError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{package.stat().st_size / 1e6:.1f} MB: {package}\nrepository: {package.parent / 'index.json'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
