"""Progress events: what a run tells the outside while it works, as JSON lines or as text for a terminal."""

import errno
import json
import sys
from collections.abc import Iterable, Iterator, Sized
from contextlib import contextmanager
from typing import Any, Protocol, TextIO, TypeVar

from .errors import Cancelled

Item = TypeVar("Item")


class Unheard(Cancelled):
    """Whoever listened to the events is gone, so the run stops."""


class Events(Protocol):
    """Receives every event of a run. `kind` is notice, stage, frame, warning, error or done."""

    def emit(self, kind: str, **fields: Any) -> None: ...


class JsonEvents:
    """One JSON object a line on a stream, flushed at once: what Blender and scripts read."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout

    def emit(self, kind: str, **fields: Any) -> None:
        with _heard():
            self._stream.write(json.dumps({"event": kind, **fields}) + "\n")
            self._stream.flush()


class TextEvents:
    """One readable line a stage for a terminal, its counter rewritten in place."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._open_line = False

    def emit(self, kind: str, **fields: Any) -> None:
        with _heard():
            self._emit(kind, fields)

    def _emit(self, kind: str, fields: dict[str, Any]) -> None:
        if kind == "frame":
            self._write_progress(fields)
            return
        self._close_line()
        if kind == "stage":
            note = " (done before)" if fields.get("skipped") else ""
            self._stream.write(f"[{fields['index']}/{fields['count']}] {fields['stage']}{note}\n")
        elif kind == "notice":
            self._stream.write(f"{fields['message']}\n")
        elif kind in ("warning", "error"):
            self._stream.write(f"{kind}: {fields['message']}\n")
        elif kind == "done":
            for name, path in fields.get("files", {}).items():
                self._stream.write(f"{name}: {path}\n")
        self._stream.flush()

    def _write_progress(self, fields: dict[str, Any]) -> None:
        if not self._stream.isatty() and fields["done"] != fields["count"]:
            return
        start = "\r" if self._stream.isatty() else ""
        self._stream.write(f"{start}      {fields['done']}/{fields['count']}")
        self._stream.flush()
        self._open_line = True

    def _close_line(self) -> None:
        if self._open_line:
            self._stream.write("\n")
            self._open_line = False


def parse_event(line: str) -> dict[str, Any] | None:
    """A line of a worker's output as an event; None for whatever a library printed there."""
    try:
        event = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return event if isinstance(event, dict) and "event" in event else None


@contextmanager
def _heard() -> Iterator[None]:
    """Nobody reads on (Blender ended, or a pipe was closed): stop like on request, and say nothing more."""
    try:
        yield
    except OSError as error:
        # Windows reports a closed pipe as an invalid argument.
        if error.errno not in (errno.EPIPE, errno.EINVAL):
            raise
        raise Unheard from error


class SilentEvents:
    """Keeps the events in a list; for tests and for use as a library."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []

    def emit(self, kind: str, **fields: Any) -> None:
        self.events.append({"event": kind, **fields})


def progress(
    items: Iterable[Item], events: Events, stage: str, count: int | None = None, before: int = 0
) -> Iterator[Item]:
    """Yield each item and emit a `frame` event after it: {stage, done, count}; before: how many were done before."""
    total = count if count is not None else (len(items) if isinstance(items, Sized) else 0)
    for done, item in enumerate(items, start=before + 1):
        yield item
        events.emit("frame", stage=stage, done=done, count=total)
