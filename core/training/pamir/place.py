"""The order in which a training goes through the views, and reading them ahead."""

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Place:
    """Where a training is: batch number `batch` of `size` views comes next, of an epoch's random order of all views."""

    epoch: int
    batch: int
    size: int
    order: tuple[int, ...]

    @classmethod
    def start(cls, views: int, size: int, seed: int, epoch: int = 0) -> "Place":
        """The beginning of an epoch, whose order the seed and the epoch's number decide."""
        order = np.random.default_rng([seed, epoch]).permutation(views)
        return cls(epoch, 0, size, tuple(order.tolist()))

    @property
    def batches(self) -> int:
        """Batches of an epoch; the last one is filled up from the epoch's beginning."""
        return -(-len(self.order) // self.size)

    @property
    def chosen(self) -> list[int]:
        """Numbers of the views of this batch."""
        first = self.batch * self.size
        return [self.order[i % len(self.order)] for i in range(first, first + self.size)]

    def following(self, seed: int) -> "Place":
        """The next batch, of this epoch or the next."""
        if self.batch + 1 < self.batches:
            return replace(self, batch=self.batch + 1)
        return Place.start(len(self.order), self.size, seed, self.epoch + 1)


def read_ahead(read: Callable[[Item], Result], items: Iterable[Item], workers: int) -> Generator[Result, None, None]:
    """read(item) of every item in order, of which `workers` threads prepare some before they are asked for."""
    if workers == 0:
        yield from map(read, items)
        return
    pool = ThreadPoolExecutor(workers)
    try:
        waiting: deque[Future[Result]] = deque()
        for item in items:
            waiting.append(pool.submit(read, item))
            if len(waiting) > 2 * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
