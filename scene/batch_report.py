"""What became of every clip of a run without a window: told while it runs, and as a table at the end."""

import traceback
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..core.errors import Cancelled, ExitCode
from ..core.events import Events
from .failures import explain

DONE, PARTIAL, FAILED, STOPPED = "done", "partial", "failed", "stopped"
EXIT_CODES = {DONE: ExitCode.OK, PARTIAL: ExitCode.PARTIAL, FAILED: ExitCode.ERROR, STOPPED: ExitCode.INTERRUPTED}


@dataclass
class Line:
    """A clip's line in the table: its state, frames as `308 of 312`, seconds, why it failed, and what was made."""

    clip: str
    state: str = FAILED
    frames: str = ""
    seconds: float = 0.0
    reason: str = ""
    files: dict[str, Path] = field(default_factory=dict)


def tell_failure(error: BaseException, line: Line, events: Events) -> None:
    """Tell why a clip failed, or that somebody stopped it, in an event and in the clip's line of the table."""
    known = Cancelled() if isinstance(error, KeyboardInterrupt) else explain(error)
    if known is not error and not isinstance(known, Cancelled):
        # Nothing is swallowed: the trace goes to the log.
        traceback.print_exception(error)
    line.state = STOPPED if isinstance(known, Cancelled) else FAILED
    line.reason = str(known).partition("\n")[0]
    events.emit("error", code=known.code, message=f"{line.clip}: {known}")


def table(lines: list[Line]) -> str:
    """The clips as a table for people."""
    rows = [("clip", "state", "frames", "time", "")]
    rows += [(line.clip, line.state, line.frames or "-", f"{line.seconds:.0f} s", line.reason) for line in lines]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    text = ["  ".join([*map(str.ljust, row, widths), row[4]]).rstrip() for row in rows]
    return "\n".join(["", *text, ""]) + "\n"


def as_json(line: Line) -> dict[str, Any]:
    """A line of the table as JSON values."""
    files = {name: str(path) for name, path in line.files.items()}
    return {
        "clip": line.clip,
        "state": line.state,
        "frames": line.frames,
        "seconds": round(line.seconds, 1),
        "reason": line.reason,
        "files": files,
    }
