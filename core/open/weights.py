"""The weights that Restage ships."""

from pathlib import Path

import torch

from ..weights_file import read_weights, write_weights
from . import WEIGHTS
from .network import OpenNet


def load_open(device: torch.device) -> OpenNet:
    """The shipped network, in evaluation mode."""
    return read_open(WEIGHTS).eval().to(device)


def read_open(path: Path) -> OpenNet:
    """A network with the weights of a file. Raises RestageError `weights_unreadable`."""
    network = OpenNet()
    read_weights(network, path)
    return network


def save_open(network: OpenNet, path: Path = WEIGHTS) -> None:
    """Write weights to a file."""
    write_weights(network, path)
