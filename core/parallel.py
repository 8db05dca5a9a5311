"""Work on several frames at a time, each in a process of its own: most of a frame's time goes into code that uses one
core and holds Python's lock.

Modules that use many threads ask `threads` how many they may have here.
"""

import ctypes
import multiprocessing
import os
import signal
import sys
import threading
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import TypeVar, cast

from .errors import Cancelled, RestageError

Item = TypeVar("Item")
Result = TypeVar("Result")
Work = Callable[[int], Result]
Outcome = Result | RestageError

# Bytes that a process takes, and the share of the machine's memory that all of them may take.
PROCESS_MEMORY, MEMORY_SHARE = 800 * 2**20, 0.5
# Frames for each process below which starting it, two or three seconds, does not pay; and most processes.
LEAST_FRAMES, MOST = 4, 16
# What tells numerical libraries how many threads they may use; they read it when they are loaded.
THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "OPENCV_FOR_THREADS_NUM")

# How many are begun ahead: all are held in memory.
AHEAD = 2

_threads = -1


def threads() -> int:
    """How many threads a query may use in this process, as scipy counts them: -1 for as many as there are cores."""
    return _threads


def worker_count(wanted: int, frames: int, most: int = MOST) -> int:
    """How many processes work on so many frames: `wanted`, as far as the memory has room for them; for 0, as many as
    there are cores, as half of the memory has room for, and as pay, and at `most`."""
    room = _memory() / PROCESS_MEMORY
    if wanted:
        return max(1, min(wanted, int(room), frames))
    return max(1, min(_cores(), int(MEMORY_SHARE * room), frames // LEAST_FRAMES, most))


def work_through(prepare: Callable[[], Work], numbers: Sequence[int], workers: int) -> Iterator[tuple[int, Outcome]]:
    """What work(number) gives for every number, as it gets done; RestageErrors are given, others raised.

    prepare: makes the work, once in each process; it can be pickled, as can what the work gives. With one worker, or
    when processes end for want of memory, all is done in this process.
    """
    left = list(numbers)
    while workers > 1 and len(left) > 1:
        try:
            for number, outcome in _work_in_processes(prepare, list(left), workers):
                left.remove(number)
                yield number, outcome
        except (_Lost, MemoryError):
            # The system ends who takes too much memory.
            workers //= 2
    work = prepare() if left else None
    for number in left:
        assert work is not None
        yield number, _outcome(work, number)


def raised(outcomes: Iterator[tuple[int, Result | RestageError]]) -> Iterator[tuple[int, Result]]:
    """The same, for work of which nothing may fail: the first error is raised."""
    for number, outcome in outcomes:
        if isinstance(outcome, RestageError):
            raise outcome
        yield number, outcome


def in_order(outcomes: Iterator[tuple[int, Result]], numbers: Sequence[int]) -> Iterator[Result]:
    """What work gives for each of the numbers, in their order; what is done early waits for what comes before it."""
    early: dict[int, Result] = {}
    for number in numbers:
        while number not in early:
            done, result = next(outcomes)
            early[done] = result
        yield early.pop(number)


def overlapped(function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """What function(item) gives for every item, in their order, while the next items are fetched and begun: for work
    within libraries that let go of Python's lock, and too short or too large for processes of its own."""
    with ThreadPoolExecutor(AHEAD) as pool:
        going: deque[Future[Result]] = deque()
        try:
            for item in items:
                going.append(pool.submit(function, item))
                if len(going) > AHEAD:
                    yield going.popleft().result()
            while going:
                yield going.popleft().result()
        finally:
            for future in going:
                future.cancel()


class _Lost(Exception):
    """A process did not come up, or ended in the middle of its work."""


@dataclass(frozen=True)
class _Raised:
    """What a process sends for an error that is nobody's outcome."""

    error: Exception


def _work_in_processes(
    prepare: Callable[[], Work], numbers: Sequence[int], workers: int
) -> Iterator[tuple[int, Outcome]]:
    # Spawned, as on every system: a fork would copy the state of libraries that run threads.
    context = multiprocessing.get_context("spawn")
    coming = iter(numbers)
    busy: dict[Connection, int] = {}
    processes: list[BaseProcess] = []
    try:
        # Not while outcomes are given: whoever takes them may start other things, or take no more.
        with _one_thread():
            for number in islice(coming, workers):
                here, there = context.Pipe()
                processes.append(_started(context.Process(target=_serve, args=(prepare, there), daemon=True)))
                there.close()
                here.send(number)
                busy[here] = number
        while busy:
            # On Windows they are of another class with the same methods.
            for connection in cast(list[Connection], wait(busy)):
                outcome = connection.recv()
                done, following = busy.pop(connection), next(coming, None)
                if following is not None:
                    connection.send(following)
                    busy[connection] = following
                if isinstance(outcome, _Raised):
                    raise outcome.error
                yield done, outcome
    except (EOFError, ConnectionError) as error:
        raise _Lost from error
    finally:
        for process in processes:
            process.terminate()
            process.join()


def _started(process: BaseProcess) -> BaseProcess:
    try:
        process.start()
    except OSError as error:
        # The system has no room for another one.
        raise _Lost from error
    return process


def _serve(prepare: Callable[[], Work], connection: Connection) -> None:
    """Work on the numbers that come until no more do; end with the process that sends them, however that ended."""
    global _threads
    _threads = 1
    # Whoever started this says that the run was stopped.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    threading.Thread(target=_follow_parent, daemon=True).start()
    work: Work | None = None
    while True:
        try:
            number = connection.recv()
        except EOFError:
            return
        try:
            work = work or prepare()
            connection.send(_outcome(work, number))
        except Exception as error:  # noqa: BLE001 - raised where the outcome is waited for
            error.add_note(traceback.format_exc())
            connection.send(_Raised(error))


def _follow_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def _outcome(work: Work, number: int) -> Outcome:
    try:
        return work(number)
    except Cancelled:
        raise
    except RestageError as error:
        return error


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


def _cores() -> int:
    """Processors, hyperthreads included, that this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _memory() -> int:
    """Bytes of memory that the machine has."""
    if sys.platform == "win32":
        kilobytes = ctypes.c_ulonglong()
        ctypes.windll.kernel32.GetPhysicallyInstalledSystemMemory(ctypes.byref(kilobytes))
        return kilobytes.value * 1024
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
