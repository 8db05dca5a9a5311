"""Every view once an epoch, in an order that a stopped run finds again; and reading ahead."""

import threading

import pytest

from core.training.pamir.place import Place, read_ahead


def test_an_epoch_shows_every_view_once() -> None:
    place = Place.start(9, 3, seed=1)
    seen = []
    for _ in range(3):
        seen += place.chosen
        place = place.following(seed=1)
    assert sorted(seen) == list(range(9))
    assert (place.epoch, place.batch) == (1, 0)
    assert place == Place.start(9, 3, seed=1, epoch=1)
    assert place.order != Place.start(9, 3, seed=1).order


def test_batches_are_always_full() -> None:
    place = Place.start(4, 3, seed=0)
    assert place.batches == 2
    last = place.following(seed=0)
    assert last.chosen == [place.order[3], place.order[0], place.order[1]]
    assert Place.start(1, 3, seed=0).chosen == [0, 0, 0]


@pytest.mark.parametrize("workers", [0, 3])
def test_results_come_in_order(workers: int) -> None:
    assert list(read_ahead(lambda n: n * n, range(40), workers)) == [n * n for n in range(40)]


def test_endless_items_are_read_only_a_little_ahead() -> None:
    asked = []
    lock = threading.Lock()

    def read(number: int) -> int:
        with lock:
            asked.append(number)
        return number

    reading = read_ahead(read, iter(int, 1), 2)
    assert [next(reading) for _ in range(3)] == [0, 0, 0]
    reading.close()
    assert len(asked) <= 8


def test_what_goes_wrong_in_a_thread_is_raised_where_it_is_asked_for() -> None:
    reading = read_ahead(lambda n: 1 // (2 - n), range(9), 2)
    assert [next(reading), next(reading)] == [0, 1]
    with pytest.raises(ZeroDivisionError):
        next(reading)
