"""One run at a time in a job folder. Standard library only."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from .errors import RestageError

# In every job folder.
LOCK_NAME = "run.lock"


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock file at `path`, which is made if need be; raises RestageError `job_busy` when another run does.

    The system itself frees the lock when a process ends, however it ends, so the file that stays says nothing and
    blocks nobody.
    """
    with path.open("ab") as stream:
        if not _take(stream):
            raise RestageError(
                "job_busy",
                f"Another run is working on {path.parent}. Wait until it ends, stop it, or choose another output"
                " folder.",
            )
        yield


if sys.platform == "win32":
    import msvcrt

    def _take(stream: BinaryIO) -> bool:
        """Whether the file is ours now; closing it gives it back."""
        stream.seek(0)
        try:
            msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import errno
    import fcntl

    def _take(stream: BinaryIO) -> bool:
        """Whether the file is ours now; closing it gives it back."""
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError as error:
            # Some network disks know no locks; a run there must go without.
            if error.errno not in (errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS):
                raise
        return True
