"""Errors that a user can act on: each carries a code for programs and one sentence for people."""

from enum import IntEnum
from typing import Any


class ExitCode(IntEnum):
    """What a command returns to the shell; the same for `python -m core` and for headless Blender."""

    OK = 0
    ERROR = 1
    BAD_ARGUMENTS = 2
    PARTIAL = 3
    INTERRUPTED = 130


class RestageError(Exception):
    """A problem the user can solve. The message says what happened, why, and what to do next.

    `code` is one of the short names that docs/errors.md lists (`video_unreadable`, `no_person`, ...).
    """

    def __init__(self, code: str, message: str, exit_code: ExitCode = ExitCode.ERROR) -> None:
        super().__init__(message)
        self.code = code
        self.exit_code = exit_code

    def __reduce__(self) -> tuple[Any, ...]:
        # Python's own would leave the code out: errors come from other processes too.
        return type(self), (self.code, str(self), self.exit_code)


class Cancelled(RestageError):
    """The user stopped the run; everything finished so far is on disk."""

    def __init__(self) -> None:
        super().__init__(
            "cancelled",
            "Stopped on request; what was finished is kept, run again with --resume to go on.",
            ExitCode.INTERRUPTED,
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), ()
