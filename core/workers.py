"""Processes that work on numbers which are sent to them. To start one takes seconds, most of them for what it loads, so
within `kept` they stay for whoever needs some next."""

import ctypes
import gc
import multiprocessing
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from .device import free_cache
from .errors import Cancelled, RestageError

# What tells numerical libraries how many threads they may use; they read it when they are loaded.
THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "OPENCV_FOR_THREADS_NUM")

_threads = -1
_idle: "list[Worker] | None" = None


class Lost(Exception):
    """A process did not come up, or ended in the middle of its work."""


@dataclass(frozen=True)
class Raised:
    """What a process sends for an error that is nobody's outcome."""

    error: Exception


def threads() -> int:
    """How many threads a query may use in this process, as scipy counts them: -1 for as many as there are cores."""
    return _threads


def outcome_of(work: Callable[[int], Any], number: int) -> Any:
    """What work(number) gives; a RestageError is given too, other errors are raised."""
    try:
        return work(number)
    except Cancelled:
        raise
    except RestageError as error:
        return error


@contextmanager
def kept() -> Iterator[None]:
    """Until the end of this, workers that are given back wait for their next work."""
    global _idle
    before, _idle = _idle, []
    try:
        yield
    finally:
        dismiss()
        _idle = before


def dismiss() -> None:
    """End the workers that wait: what follows needs the memory."""
    while _idle:
        _idle.pop().end()


class Worker:
    """One process. connection: sends outcomes, one for every number that was sent."""

    def __init__(self) -> None:
        """Raises Lost."""
        # Spawned, as on every system: a fork would copy the state of libraries that run threads.
        context = multiprocessing.get_context("spawn")
        self.connection, there = context.Pipe()
        self._process = context.Process(target=_serve, args=(there,), daemon=True)
        try:
            # Only while it starts: whoever takes outcomes may start other things.
            with _one_thread():
                self._process.start()
        except OSError as error:
            # The system has no room for another one.
            raise Lost from error
        there.close()

    @classmethod
    def borrow(cls) -> "Worker":
        """One that waits, else a new one. Raises Lost."""
        while _idle:
            worker = _idle.pop()
            if worker._process.is_alive():
                return worker
            worker.end()
        return cls()

    def give_back(self) -> None:
        """Who has sent all outcomes lets go of its work, and waits within `kept`."""
        if _idle is not None:
            try:
                self.connection.send(None)
            except ConnectionError:
                # It has ended by itself meanwhile.
                pass
            else:
                _idle.append(self)
                return
        self.end()

    def end(self) -> None:
        """Whatever it does."""
        self._process.terminate()
        self._process.join()


def _serve(connection: Connection) -> None:
    """Work on the numbers that come; end with the process that sends them, however that ended. Before them comes what
    prepares the work, after them None."""
    global _threads
    _threads = 1
    # Whoever started this says that the run was stopped.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    threading.Thread(target=_follow_parent, daemon=True).start()
    prepare: Any = None
    work: Any = None
    while True:
        try:
            message: Any = connection.recv()
        except (EOFError, ConnectionError):
            return
        if message is None or callable(message):
            prepare, work = message, None
            _let_go()
            continue
        try:
            work = prepare() if work is None else work
            connection.send(outcome_of(work, message))
        except Exception as error:  # noqa: BLE001 - raised where the outcome is waited for
            error.add_note(traceback.format_exc())
            connection.send(Raised(error))


def _let_go() -> None:
    """Give the memory of work that is over back to the system and the card."""
    gc.collect()
    free_cache()
    if sys.platform == "linux" and hasattr(libc := ctypes.CDLL(None), "malloc_trim"):
        libc.malloc_trim(0)


def _follow_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


@contextmanager
def _one_thread() -> Iterator[None]:
    """What is started meanwhile uses one thread."""
    before = {name: os.environ.get(name) for name in THREAD_VARIABLES}
    os.environ.update(dict.fromkeys(THREAD_VARIABLES, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value
