"""Work in several processes: everything is done once, whatever becomes of the processes."""

import errno
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

import core.parallel as parallel
from core.errors import Cancelled, RestageError
from core.parallel import AHEAD, in_order, overlapped, raised, threads, work_through, worker_count
from core.workers import dismiss, kept

NUMBERS = list(range(9))


def test_results_come_in_the_order_that_is_asked_for() -> None:
    coming = iter([(2, "c"), (0, "a"), (1, "b"), (3, "d")])
    ordered = in_order(coming, range(4))
    assert next(ordered) == "a"
    # Nothing is waited for that is not needed yet.
    assert next(coming) == (1, "b")
    assert list(in_order(iter([(1, "b"), (0, "a")]), range(2))) == ["a", "b"]


class Square:
    """Says how it came to a square: the process, and how many threads it may use."""

    def __call__(self, number: int) -> tuple[int, int, int]:
        return number**2, os.getpid(), threads()


class Fragile(Square):
    """The frame 4 cannot be made."""

    def __call__(self, number: int) -> tuple[int, int, int]:
        if number == 4:
            raise RestageError("surface_empty", "Nothing is there.")
        return super().__call__(number)


class Slower(Square):
    """Takes so long that nobody does all of it."""

    def __call__(self, number: int) -> tuple[int, int, int]:
        time.sleep(0.3)
        return super().__call__(number)


class Hungry(Square):
    """The system kills every process but the first one at the frame 5."""

    def __init__(self, first: int) -> None:
        self._first = first

    def __call__(self, number: int) -> tuple[int, int, int]:
        if number == 5 and os.getpid() != self._first:
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(60)
        return super().__call__(number)


class Broken:
    """A defect."""

    def __call__(self, number: int) -> int:
        raise ZeroDivisionError(number)


class Tiring:
    """A user who cancels at the frame 2."""

    def __call__(self, number: int) -> int:
        if number == 2:
            raise Cancelled
        return number


def test_every_number_is_worked_on_in_other_processes_with_one_thread_each() -> None:
    done = dict(raised(work_through(Square, NUMBERS, 2)))
    assert {number: square for number, (square, _, _) in done.items()} == {n: n**2 for n in NUMBERS}
    processes = {process for _, process, _ in done.values()}
    assert os.getpid() not in processes and 1 <= len(processes) <= 2
    assert {count for _, _, count in done.values()} == {1}
    assert threads() == -1 and "OMP_NUM_THREADS" not in os.environ


def test_who_takes_outcomes_may_start_other_things_and_take_no_more() -> None:
    outcomes = work_through(Square, NUMBERS, 2)
    next(outcomes)
    assert "OMP_NUM_THREADS" not in os.environ
    assert sorted(dict(work_through(Square, NUMBERS, 2))) == NUMBERS
    outcomes.close()
    assert sorted(dict(work_through(Square, NUMBERS, 2))) == NUMBERS


def test_kept_processes_work_on_what_comes_next_and_end_at_last() -> None:
    def used(work: Callable[[], Square]) -> set[int]:
        return {process for _, (_, process, _) in raised(work_through(work, NUMBERS, 2))}

    with kept():
        first = used(Slower)
        assert len(first) == 2 and used(Slower) == first
        os.kill(min(first), signal.SIGKILL)
        assert _within(10, lambda: not _runs(min(first)))
        later = used(Slower)
        assert later & first == {max(first)} and len(later) == 2
        with pytest.raises(ZeroDivisionError):
            list(work_through(Broken, NUMBERS, 2))
        last = used(Slower)
        dismiss()
        assert not any(_runs(process) for process in last)
        last |= used(Slower)
    assert not any(_runs(process) for process in first | later | last)


def test_one_worker_is_this_process() -> None:
    assert [(n, p) for n, (_, p, _) in work_through(Square, NUMBERS, 1)] == [(n, os.getpid()) for n in NUMBERS]


@pytest.mark.parametrize("workers", [1, 2])
def test_a_number_that_fails_does_not_stop_the_others(workers: int) -> None:
    done = dict(work_through(Fragile, NUMBERS, workers))
    assert sorted(done) == NUMBERS
    error = done[4]
    assert isinstance(error, RestageError)
    assert (error.code, str(error)) == ("surface_empty", "Nothing is there.")
    with pytest.raises(RestageError, match="Nothing"):
        list(raised(work_through(Fragile, NUMBERS, workers)))


def test_what_was_going_on_in_processes_that_are_killed_is_done_here() -> None:
    done = dict(raised(work_through(partial(Hungry, os.getpid()), NUMBERS, 2)))
    assert {number: square for number, (square, _, _) in done.items()} == {n: n**2 for n in NUMBERS}
    assert done[5][1] == os.getpid()


def test_where_the_system_has_no_room_for_another_process_this_one_works(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_process: object) -> None:
        raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")

    monkeypatch.setattr("multiprocessing.context.SpawnProcess.start", refuse)
    assert {process for _, (_, process, _) in raised(work_through(Square, NUMBERS, 4))} == {os.getpid()}


@pytest.mark.parametrize(("work", "error"), [(Broken, ZeroDivisionError), (Tiring, Cancelled)])
@pytest.mark.parametrize("workers", [1, 2])
def test_defects_and_cancelling_end_it(
    work: Callable[[], Callable[[int], int]], error: type[Exception], workers: int
) -> None:
    with pytest.raises(error):
        list(work_through(work, NUMBERS, workers))


class Slow:
    """Leaves a file with its process's number, and takes long."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __call__(self, number: int) -> None:
        (self._folder / str(os.getpid())).touch()
        time.sleep(60)


def test_processes_end_with_the_one_that_started_them(tmp_path: Path) -> None:
    code = (
        "from functools import partial; from pathlib import Path; from core.parallel import work_through;"
        "from tests.core.test_parallel import Slow;"
        f"list(work_through(partial(Slow, Path({str(tmp_path)!r})), range(4), 2))"
    )
    main = subprocess.Popen([sys.executable, "-c", code], cwd=Path(__file__).parents[2])
    try:
        assert _within(60, lambda: len(list(tmp_path.iterdir())) == 2)
    finally:
        main.kill()
        main.wait()
    assert _within(10, lambda: not any(_runs(int(file.name)) for file in tmp_path.iterdir()))


@pytest.mark.parametrize(
    ("cores", "gigabytes", "frames", "expected"),
    [
        (8, 64, 100, 8),
        (8, 8, 100, 5),
        (64, 256, 1000, 16),
        (8, 64, 12, 3),
        (8, 64, 1, 1),
        (1, 64, 100, 1),
        (4, 1, 9, 1),
    ],
)
def test_cores_memory_and_frames_decide_how_many_there_are(
    monkeypatch: pytest.MonkeyPatch, cores: int, gigabytes: int, frames: int, expected: int
) -> None:
    monkeypatch.setattr(parallel, "_cores", lambda: cores)
    monkeypatch.setattr(parallel, "_memory", lambda: gigabytes * 2**30)
    assert worker_count(0, frames) == expected


def test_what_the_user_wants_counts_as_far_as_there_are_frames_and_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "_memory", lambda: 16 * 2**30)
    assert [worker_count(3, frames) for frames in (0, 2, 100)] == [1, 2, 3]
    assert worker_count(60, 1000) == 20


def test_this_machine_has_cores_and_memory() -> None:
    assert 1 <= parallel._cores() <= (os.cpu_count() or 1)
    assert parallel._memory() > 2**29


def _within(seconds: float, holds: Callable[[], bool]) -> bool:
    until = time.monotonic() + seconds
    while not holds() and time.monotonic() < until:
        time.sleep(0.05)
    return holds()


def _runs(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_overlapped_work_comes_in_order_and_little_of_it_is_held() -> None:
    fetched: list[int] = []

    def items() -> Iterator[int]:
        for number in range(10):
            fetched.append(number)
            yield number

    begun = threading.Barrier(2, timeout=30)

    def square(number: int) -> int:
        # The first two only get on together.
        if number < 2:
            begun.wait()
        return number**2

    for number, found in enumerate(overlapped(square, items())):
        assert found == number**2
        assert len(fetched) <= number + AHEAD + 1
    assert len(fetched) == 10


def test_an_error_in_overlapped_work_ends_it() -> None:
    with pytest.raises(ZeroDivisionError):
        list(overlapped(lambda number: 1 // number, [2, 1, 0, 3]))
