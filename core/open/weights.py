"""The weights that Restage ships."""

from pathlib import Path

import torch

from ..job import atomic_write
from . import WEIGHTS
from .network import OpenNet


def load_open(device: torch.device) -> OpenNet:
    """The shipped network, in evaluation mode."""
    from safetensors.torch import load_file

    network = OpenNet()
    network.load_state_dict({name: value.float() for name, value in load_file(WEIGHTS).items()})
    return network.eval().to(device)


def save_open(network: OpenNet, path: Path = WEIGHTS) -> None:
    """Write weights in half precision, which changes no occupancy by more than a thousandth."""
    from safetensors.torch import save

    with atomic_write(path) as stream:
        stream.write(save({name: value.half().contiguous() for name, value in network.state_dict().items()}))
