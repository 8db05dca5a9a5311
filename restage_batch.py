"""Clips in, Blender files out, without a window and without an installed extension.

    blender -b --factory-startup --python-exit-code 1 --python restage_batch.py -- CLIP... --output DIR
    python restage_batch.py -- CLIP... --output DIR        with the bpy package from PyPI

scene/batch.py does the work, as it does for `blender --command restage`. Exit codes: 0 done, 1 a clip failed, 2 bad
arguments, 3 some frames of a clip are missing, 130 interrupted.
"""

import importlib
import importlib.util
import os
import sys
import traceback
from pathlib import Path

import bpy

ROOT = Path(__file__).resolve().parent
PACKAGE = "restage"


def load_extension() -> None:
    """Load the folder that holds this file as a package and register it, whatever it is called on disk.

    This is what Blender does for an installed extension, for a copy that need not be installed.
    """
    spec = importlib.util.spec_from_file_location(PACKAGE, ROOT / "__init__.py", submodule_search_locations=[str(ROOT)])
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[PACKAGE] = module
    spec.loader.exec_module(module)
    module.register()


def main(arguments: list[str]) -> int:
    """Run every clip; returns the exit code."""
    load_extension()
    return importlib.import_module(f"{PACKAGE}.scene.batch").main(arguments, "restage_batch.py")


def arguments_after_dashes(line: list[str]) -> list[str]:
    """What follows `--`: the part of the command line that Blender leaves to the script."""
    without_dashes = [] if bpy.app.binary_path else line[1:]
    return line[line.index("--") + 1 :] if "--" in line else without_dashes


if __name__ == "__main__":
    try:
        code = int(main(arguments_after_dashes(sys.argv)))
    except SystemExit as end:  # argparse's way out
        code = end.code if isinstance(end.code, int) else 2
    except KeyboardInterrupt:
        code = 130
    except BaseException:  # noqa: BLE001 - the process ends with it, after saying it in full
        traceback.print_exc()
        code = 1
    # The bpy package may hang when the interpreter ends, and Blender turns every failure into one code of its own.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
