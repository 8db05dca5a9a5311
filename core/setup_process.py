"""The engine's set-up as a process: `python -m core.setup_process ACTION FOLDER …`, from the folder that holds core.

    set-up FOLDER [GROUP…]          fetch and install
    from-folder FOLDER WHEELS       install wheels of a folder, without a network
    use FOLDER PYTHON               take a Python that has the packages
    verify FOLDER
    remove FOLDER

Blender starts it with its own Python, which has no other packages; hence the standard library only. It speaks the same
JSON lines as a reconstruction: every step is a stage, and its parts are frames of a hundred.
"""

import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from .engine import set_up
from .engine_care import remove, use_python, verify
from .engine_system import Report
from .errors import Cancelled, RestageError
from .events import JsonEvents

ACTIONS: dict[str, Callable[[Path, list[str], Report], object]] = {
    "set-up": lambda folder, rest, report: set_up(folder, rest or ["worker"], report),
    "from-folder": lambda folder, rest, report: set_up(folder, ["worker"], report, source=Path(rest[0])),
    "use": lambda folder, rest, report: use_python(folder, Path(rest[0]), report),
    "verify": lambda folder, rest, report: verify(folder, report),
    "remove": lambda folder, rest, report: remove(folder, report),
}


def main(action: str, folder: Path, rest: list[str]) -> int:
    """Carry out an action on the engine in `folder`; returns the exit code.

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
        ACTIONS[action](folder, rest, report)
    except RestageError as error:
        events.emit("error", code=error.code, message=str(error))
        return error.exit_code
    events.emit("done", folder=str(folder))
    return 0


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise Cancelled


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2]), sys.argv[3:]))
