"""The weights that Restage ships."""

from pathlib import Path

import torch

from ..errors import RestageError
from ..job import atomic_write
from . import WEIGHTS
from .network import OpenNet


def load_open(device: torch.device) -> OpenNet:
    """The shipped network, in evaluation mode."""
    return read_open(WEIGHTS).eval().to(device)


def read_open(path: Path) -> OpenNet:
    """A network with the weights of a file. Raises RestageError `weights_unreadable`."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    network = OpenNet()
    try:
        network.load_state_dict({name: value.float() for name, value in load_file(path).items()})
    except (OSError, SafetensorError, RuntimeError) as error:
        raise RestageError(
            "weights_unreadable",
            f"{path} does not hold weights of Restage's network ({str(error).splitlines()[0]}). Give a file that"
            " `train open` wrote.",
        ) from error
    return network


def save_open(network: OpenNet, path: Path = WEIGHTS) -> None:
    """Write weights in half precision, which changes no occupancy by more than a thousandth."""
    from safetensors.torch import save

    with atomic_write(path) as stream:
        stream.write(save({name: value.half().contiguous() for name, value in network.state_dict().items()}))
