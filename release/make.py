"""Make the extension and a repository of it: python3 -m release.make [--blender BLENDER] [--output DIR].

DIR (`dist` by default) then holds restage-VERSION.zip, which installs from disk, and index.json and index.html: put the
folder on any web server, or on a shared disk, and Blender installs and updates Restage from the address of its
index.json. Everything is done by Blender's own tool, of the Blender that is named or of the package bpy in this Python.
"""

import argparse
import importlib.util
import subprocess
import sys
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
    refuses the manifest.
    """
    output.mkdir(parents=True, exist_ok=True)
    before = {path: path.stat().st_mtime_ns for path in output.glob("*.zip")}
    subprocess.run([*tool, "validate", str(ROOT)], check=True)
    subprocess.run([*tool, "build", "--source-dir", str(ROOT), "--output-dir", str(output)], check=True)
    package = next(path for path in output.glob("*.zip") if before.get(path) != path.stat().st_mtime_ns)
    subprocess.run([*tool, "validate", str(package)], check=True)
    subprocess.run([*tool, "server-generate", "--repo-dir", str(output), "--html"], check=True)
    return package


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the release and say where it is; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python3 -m release.make", description="Make the extension's repository.")
    parser.add_argument("--blender", default="", help="Blender's executable; default: the package bpy of this Python")
    parser.add_argument("--output", type=Path, default=ROOT / "dist", metavar="DIR", help="default: dist")
    options = parser.parse_args(arguments)
    try:
        package = make_release(extension_tool(options.blender), options.output.absolute())
    except (subprocess.CalledProcessError, FileNotFoundError) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{package.stat().st_size / 1e6:.1f} MB: {package}\nrepository: {package.parent / 'index.json'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
