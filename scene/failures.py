"""What failed below Restage in Blender's process, put into a sentence."""

from ..core import failures
from ..core.errors import RestageError

# How every error begins that one of Blender's operators reports, as a RuntimeError.
REPORTED = "Error: "


def explain(error: Exception) -> RestageError:
    """The error as one that says what happened and what to do: as core.failures, and `blender_failed` for what Blender
    itself refuses."""
    if isinstance(error, RuntimeError) and str(error).startswith(REPORTED):
        return RestageError(
            "blender_failed",
            f"Blender could not go on ({blender_words(error)}). Mend what it names, then run again; what was finished"
            " is kept.",
        )
    return failures.explain(error)


def blender_words(error: RuntimeError) -> str:
    """What one of Blender's operators said, without its trimmings."""
    return str(error).strip().partition("\n")[0].removeprefix(REPORTED).rstrip(".")
