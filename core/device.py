"""Chooses what networks run on."""

from typing import TYPE_CHECKING

from .errors import RestageError
from .settings import Device

if TYPE_CHECKING:
    import torch


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
