"""What networks run on, and what happens when its memory does not suffice."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from .errors import RestageError
from .settings import Device

if TYPE_CHECKING:
    import torch

Result = TypeVar("Result")

# Points at once below which a network's own layers are what fills the memory.
SMALLEST_BATCH = 256


def choose_device(wanted: Device) -> "torch.device":
    """The torch device of the setting; `auto` takes CUDA, then Metal, then the processor.

    Raises RestageError `device_missing` when the machine has no such device.
    """
    import torch

    available = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if wanted == "auto":
        return torch.device(next(name for name, there in available.items() if there))
    if not available[wanted]:
        there = ", ".join(name for name, present in available.items() if present)
        raise RestageError(
            "device_missing", f"This machine has no device '{wanted}' that torch can use; it has {there}."
        )
    return torch.device(wanted)


def lacks_device_memory(error: BaseException) -> bool:
    """Whether a network failed because the memory of the card, CUDA's or Metal's, did not suffice."""
    # Torch's own error is named, and not imported: this is asked in processes that need no torch.
    named = type(error).__name__ == "OutOfMemoryError" or "out of memory" in str(error).lower()
    return isinstance(error, RuntimeError) and named


class BatchSize:
    """How many points a network gets at once; halved, and kept so, when the card's memory does not suffice."""

    def __init__(self, size: int) -> None:
        self.size = size

    def run(self, count: int, work: Callable[[slice], Result]) -> list[Result]:
        """What `work` gives for one slice of `count` points after the other.

        Only the slice that failed is done again, so the results are the same. Raises what `work` raises when even
        SMALLEST_BATCH points are too many.
        """
        results: list[Result] = []
        start = 0
        while start < count:
            part = slice(start, min(start + self.size, count))
            try:
                results.append(work(part))
            except RuntimeError as error:
                if not lacks_device_memory(error) or self.size // 2 < SMALLEST_BATCH:
                    raise
                self.size //= 2
                free_cache()
                continue
            start = part.stop
        return results


def free_cache() -> None:
    """Give back what torch, where it is loaded, keeps of the card's memory for later."""
    if "torch" not in sys.modules:
        return
    import torch

    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    if torch.backends.mps.is_available():
        torch.mps.empty_cache()


@contextmanager
def one_thread() -> Iterator[None]:
    """Torch computes with one thread: sums come out the same on every machine and at every start, and where tensors are
    small, threads would wait for each other ten times longer than one alone works."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
