"""What networks run on."""

from collections.abc import Callable

import pytest
import torch

from core.device import BatchSize, choose_device, lacks_device_memory
from core.errors import RestageError


def test_the_processor_is_always_there() -> None:
    assert choose_device("cpu").type == "cpu"


def test_automatic_prefers_a_graphics_card(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert choose_device("auto").type == "mps"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert choose_device("auto").type == "cuda"


def test_a_missing_device_is_an_error_and_not_the_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(RestageError) as caught:
        choose_device("cuda")
    assert caught.value.code == "device_missing"
    assert "cpu" in str(caught.value)


def scarce(limit: int, seen: list[int]) -> Callable[[slice], list[int]]:
    """Work that fails, as torch says it, for more than `limit` points at once."""

    def work(part: slice) -> list[int]:
        seen.append(part.stop - part.start)
        if seen[-1] > limit:
            raise torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return list(range(part.start, part.stop))

    return work


def test_too_little_memory_halves_the_batches_and_changes_no_result() -> None:
    seen: list[int] = []
    size = BatchSize(16_384)
    parts = size.run(10_000, scarce(3000, seen))
    assert [number for part in parts for number in part] == list(range(10_000))
    assert size.size == 2048
    # The whole, 8192 and 4096 failed once each; nothing that was done is done again.
    assert seen[:3] == [10_000, 8192, 4096]
    assert sum(seen[3:]) == 10_000
    seen.clear()
    size.run(5000, scarce(3000, seen))
    assert max(seen) == 2048


def test_when_even_small_batches_fail_the_error_comes_through() -> None:
    with pytest.raises(torch.cuda.OutOfMemoryError):
        BatchSize(1024).run(1000, scarce(100, []))
    with pytest.raises(RuntimeError, match="shape"):
        BatchSize(1024).run(1000, lambda _: (_ for _ in ()).throw(RuntimeError("shape")))


def test_only_a_cards_memory_counts() -> None:
    assert lacks_device_memory(torch.OutOfMemoryError())
    assert lacks_device_memory(RuntimeError("MPS backend out of memory"))
    assert not lacks_device_memory(RuntimeError("DefaultCPUAllocator: can't allocate memory"))
    assert not lacks_device_memory(MemoryError("out of memory"))
