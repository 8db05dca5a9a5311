"""Fetch the wheels that the lock names, for a machine without a network: python3 -m wheels.fetch [FOLDER].

Run it from the repository's root, on a machine with the same system and the same Python version as the target.
"""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from core.engine import TORCH_CPU_INDEX, lock_lines
from core.engine_system import clean_environment

DEFAULT_FOLDER = Path(__file__).resolve().parent / "files"


def main(arguments: Sequence[str] | None = None) -> int:
    """Fetch into the folder given, `wheels/files` by default; returns pip's exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    folder = Path(given[0]) if given else DEFAULT_FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    lines = lock_lines(["worker", "blender"])
    if sys.platform.startswith("linux"):
        lines = [f"{line}+cpu" if line.startswith("torch==") else line for line in lines]
    requirements = folder / "requirements.txt"
    requirements.write_text("\n".join(lines) + "\n", encoding="utf-8")
    options = ["--no-deps", "--only-binary", ":all:", "--dest", str(folder), "--requirement", str(requirements)]
    options += ["--extra-index-url", TORCH_CPU_INDEX] if sys.platform.startswith("linux") else []
    code = subprocess.call([sys.executable, "-m", "pip", "download", *options], env=clean_environment())
    if code == 0:
        print(f"{len(list(folder.glob('*.whl')))} wheels in {folder}")
    return code


if __name__ == "__main__":
    sys.exit(main())
