"""Commands of the set-up: run to their end with their output in a log, one set-up at a time in a folder.

Standard library only: Blender and a bare Python read this file.
"""

from __future__ import annotations  # an older Python must get as far as the sentence that it is too old

import os
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

if __package__:
    from .engine_system import Report, clean_environment
    from .errors import RestageError
else:  # started as a file: python3 core/engine.py
    from engine_system import Report, clean_environment
    from errors import RestageError

# What pip and the system write, and what a user should hear of it: code, and words. The first that is found counts:
# without a network pip finds no package either.
REASONS = (
    ("No space left on device", "disk_full", "The disk is full. Free some space"),
    (
        "DO NOT MATCH THE HASHES",
        "wheel_wrong",
        "A package is not the file that Restage was tested with, or its download broke off. Check the network",
    ),
    ("IncompleteRead", "setup_failed", "The connection broke off"),
    ("onnection", "setup_failed", "The network did not answer. Check it"),
    (
        "No matching distribution found",
        "setup_failed",
        "A package is not to be had from the network or the folder. Check both",
    ),
    (
        "Could not find a version",
        "setup_failed",
        "A package is not to be had from the network or the folder. Check both",
    ),
)


def run(
    command: Sequence[str],
    log: TextIO,
    listen: Callable[[str], None] | None = None,
    environment: dict[str, str] | None = None,
) -> str:
    """Run a command to its end, its output into the log, and return the last lines of it.

    listen: hears every line, and may raise to stop; the command is ended then. Raises RestageError `setup_failed`,
    `disk_full` or `wheel_wrong`, with the end of the output after the first line.
    """
    log.write(f"$ {' '.join(command)}\n")
    tail: deque[str] = deque(maxlen=20)
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env=environment or clean_environment(),
        close_fds=False,  # so that it inherits the hold of only_one
    )
    assert process.stdout is not None
    try:
        for line in process.stdout:
            log.write(line)
            log.flush()
            tail.append(line)
            if listen is not None:
                listen(line)
        code = process.wait()
    finally:
        process.kill()
        process.wait()
    output = "".join(tail)
    if code != 0:
        rest = f", then run it again: it goes on where it stopped. The whole log is {log.name}.\n{output}"
        for seen, error_code, words in REASONS:
            if seen in output:
                raise RestageError(error_code, words + rest)
        raise RestageError("setup_failed", f"A command of the set-up failed. Look at its end below{rest}")
    return output


@contextmanager
def only_one(path: Path, report: Report) -> Iterator[None]:
    """Wait until no other set-up works in this folder, then hold it.

    The system drops the hold when the process ends, however it ends. pip inherits it: where a set-up was killed and
    its pip lives on, the next one waits for that pip instead of writing the same files.
    """
    with path.open("a") as stream:
        os.set_inheritable(stream.fileno(), True)
        while not _try_to_hold(stream):
            report("Waiting for another set-up to finish", 0.0)
            time.sleep(0.2)
        yield


def _try_to_hold(stream: TextIO) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
