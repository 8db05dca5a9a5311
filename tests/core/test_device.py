"""What networks run on."""

import pytest

from core.device import choose_device
from core.errors import RestageError


def test_the_processor_is_always_there() -> None:
    assert choose_device("cpu").type == "cpu"


def test_automatic_prefers_a_graphics_card(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert choose_device("auto").type == "mps"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert choose_device("auto").type == "cuda"


def test_a_missing_device_is_an_error_and_not_the_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(RestageError) as caught:
        choose_device("cuda")
    assert caught.value.code == "device_missing"
    assert "cpu" in str(caught.value)
