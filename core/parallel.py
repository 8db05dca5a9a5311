"""Work on several frames at a time, each in a process of its own: most of a frame's time goes into code that uses one
core and holds Python's lock.

Modules that use many threads ask `threads` how many they may have here.
"""

import ctypes
import os
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from multiprocessing.connection import Connection, wait
from typing import TypeVar, cast

from .errors import RestageError
from .workers import Lost, Raised, Worker, outcome_of, threads

__all__ = ["in_order", "overlapped", "raised", "threads", "work_through", "worker_count"]

Item = TypeVar("Item")
Result = TypeVar("Result")
Work = Callable[[int], Result]
Outcome = Result | RestageError

# Bytes that a process takes, and the share of the machine's memory that all of them may take.
PROCESS_MEMORY, MEMORY_SHARE = 800 * 2**20, 0.5
# Frames for each process below which starting it, two or three seconds, does not pay; and most processes.
LEAST_FRAMES, MOST = 4, 16
# How many are begun ahead: all are held in memory.
AHEAD = 2


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
        except (Lost, MemoryError):
            # The system ends who takes too much memory.
            workers //= 2
    work = prepare() if left else None
    for number in left:
        assert work is not None
        yield number, outcome_of(work, number)


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


def _work_in_processes(
    prepare: Callable[[], Work], numbers: Sequence[int], workers: int
) -> Iterator[tuple[int, Outcome]]:
    coming = iter(numbers)
    busy: dict[Connection, tuple[Worker, int]] = {}
    done: list[Worker] = []
    try:
        for number in islice(coming, workers):
            worker = Worker.borrow()
            busy[worker.connection] = worker, number
            worker.connection.send(prepare)
            worker.connection.send(number)
        while busy:
            # On Windows they are of another class with the same methods.
            for connection in cast(list[Connection], wait(busy)):
                outcome = connection.recv()
                (worker, number), following = busy.pop(connection), next(coming, None)
                if following is None:
                    done.append(worker)
                else:
                    connection.send(following)
                    busy[connection] = worker, following
                if isinstance(outcome, Raised):
                    raise outcome.error
                yield number, outcome
    except (EOFError, ConnectionError) as error:
        raise Lost from error
    finally:
        for worker, _ in busy.values():
            worker.end()
        for worker in done:
            worker.give_back()


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
