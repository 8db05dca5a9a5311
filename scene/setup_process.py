"""The engine's set-up as a process of its own: `python -m scene.setup_process FOLDER`, from the extension's folder.

It runs outside Blender, where `core` is a package by itself; hence the absolute imports. It speaks the same JSON lines
as a reconstruction: every step is a stage, and its parts are frames of a hundred.
"""

import signal
import sys
from pathlib import Path
from types import FrameType


def main(folder: Path) -> int:
    """Set the engine up in `folder`; returns the exit code."""
    from core.engine import set_up
    from core.errors import Cancelled, RestageError
    from core.events import JsonEvents

    events = JsonEvents()
    steps: list[str] = []

    def report(line: str, part: float) -> None:
        if not steps or steps[-1] != line:
            steps.append(line)
            events.emit("stage", stage=line, index=1, count=1)
        events.emit("frame", stage=line, done=round(part * 100), count=100)

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise Cancelled

    signal.signal(signal.SIGTERM, interrupt)
    if hasattr(signal, "SIGBREAK"):
        signal.signal(signal.SIGBREAK, interrupt)
    try:
        set_up(folder, ["worker"], report)
    except RestageError as error:
        events.emit("error", code=error.code, message=str(error))
        return int(error.exit_code)
    events.emit("done", folder=str(folder))
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
