"""The engine's set-up as a process: `python -m core.setup_process FOLDER [GROUP…]`, from the folder that holds core.

Blender starts it with its own Python, which has no other packages; hence the standard library only. It speaks the same
JSON lines as a reconstruction: every step is a stage, and its parts are frames of a hundred.
"""

import signal
import sys
from pathlib import Path
from types import FrameType

from .engine import set_up
from .errors import Cancelled, RestageError
from .events import JsonEvents


def main(folder: Path, groups: list[str]) -> int:
    """Set up these groups of the engine (core.engine.set_up) in `folder`; returns the exit code.

    SIGTERM, or Ctrl-Break on Windows, stops it cleanly.
    """
    events = JsonEvents()
    step = ""

    def report(line: str, part: float) -> None:
        nonlocal step
        if line != step:
            step = line
            events.emit("stage", stage=line, index=1, count=1)
        events.emit("frame", stage=line, done=round(part * 100), count=100)

    signal.signal(signal.SIGTERM, _interrupt)
    if sys.platform == "win32":
        signal.signal(signal.SIGBREAK, _interrupt)
    try:
        set_up(folder, groups, report)
    except RestageError as error:
        events.emit("error", code=error.code, message=str(error))
        return error.exit_code
    events.emit("done", folder=str(folder))
    return 0


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise Cancelled


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:] or ["worker"]))
