"""What failed below Restage, put into a sentence: full disks, missing rights, too little memory, and defects."""

import errno
import zipfile
import zlib

from .errors import RestageError

# The disk itself, or the user's or the process's share of it.
DISK_FULL = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}
NO_RIGHTS = {errno.EACCES, errno.EPERM, errno.EROFS}
# How torch and OpenCV say so: their errors are of general types.
MEMORY_MESSAGES = ("out of memory", "can't allocate memory", "not enough memory", "insufficient memory")

# How numpy says that a file is none of its own.
NO_ARRAYS = "allow_pickle=False"


def explain(error: Exception) -> RestageError:
    """The error as one that says what happened, why, and what to do; RestageErrors come back as they are.

    Codes: `disk_full`, `output_unwritable`, `file_error`, `out_of_memory`, `job_unreadable`, and `crashed` for
    everything that nobody foresaw.
    """
    if isinstance(error, RestageError):
        return error
    if isinstance(error, OSError) and error.errno is not None:
        return _explain_file_error(error)
    if isinstance(error, MemoryError) or any(words in str(error).lower() for words in MEMORY_MESSAGES):
        return RestageError(
            "out_of_memory",
            "The memory does not suffice. Close other programs or choose a lower preset, then run again with --resume;"
            " what was finished is kept.",
        )
    if isinstance(error, (zipfile.BadZipFile, zlib.error, EOFError)) or NO_ARRAYS in str(error):
        return RestageError(
            "job_unreadable",
            f"A file of the job is damaged ({_first_line(error)}). Run the reconstruction again; it makes damaged files"
            " anew.",
        )
    return RestageError(
        "crashed",
        f"Restage ran into a defect of its own ({type(error).__name__}: {_first_line(error)}). What was finished is"
        " kept; run again with --resume, and report the log if it happens again.",
    )


def _explain_file_error(error: OSError) -> RestageError:
    place = f" to {error.filename}" if error.filename else ""
    if error.errno in DISK_FULL:
        return RestageError(
            "disk_full",
            f"The disk is full, so nothing more can be written{place}. Free some space and run again with --resume;"
            " what was finished is kept.",
        )
    if error.errno in NO_RIGHTS:
        return RestageError(
            "output_unwritable",
            f"Cannot write{place} ({error.strerror}). Choose a folder that you may write to, or change its rights, and"
            " run again with --resume.",
        )
    return RestageError(
        "file_error",
        f"A file could not be read or written: {error.filename or 'unknown'} ({error.strerror}). Check the disk and"
        " the path, then run again with --resume; what was finished is kept.",
    )


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or ["no message"])[0]
