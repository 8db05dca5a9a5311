"""Files that cannot be written: what the system or one of Blender's operators says, as one sentence."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..core.errors import RestageError
from ..core.failures import DISK_FULL

INSTEAD = "Choose a file in a folder that you may write to, with free space."


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """While a file, or a folder of files, is written: raises RestageError `disk_full`, `output_unwritable` or
    `export_failed` instead of OSError and of the RuntimeError of Blender's operators."""
    try:
        yield
    except OSError as error:
        if error.errno in DISK_FULL:
            raise RestageError(
                "disk_full", f"The disk is full, so {path} cannot be written. Free some space and try again."
            ) from error
        raise RestageError(
            "output_unwritable", f"{path} cannot be written ({error.strerror or error}). {INSTEAD}"
        ) from error
    except RuntimeError as error:
        raise RestageError("export_failed", f"Blender cannot write {path} ({last_words(error)}). {INSTEAD}") from error


def last_words(error: RuntimeError) -> str:
    """What the RuntimeError of an operator says at its end: before that may be a trace, and after it where that is."""
    lines = [line.strip() for line in str(error).splitlines()]
    told = [line for line in lines if line and not line.startswith("Location:")]
    return told[-1].removeprefix("Error: ").rstrip(".") if told else "it gives no reason"
