"""Weights of Restage's own networks, in files that hold numbers and nothing else."""

from pathlib import Path
from typing import TYPE_CHECKING

from .errors import RestageError
from .job import atomic_write

if TYPE_CHECKING:
    from torch import nn

FOLDER = Path(__file__).parent / "weights"


def read_weights(network: "nn.Module", path: Path) -> None:
    """Fill a network from a file. Raises RestageError `weights_unreadable`."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        network.load_state_dict({name: value.float() for name, value in load_file(path).items()})
    except (OSError, SafetensorError, RuntimeError) as error:
        raise RestageError(
            "weights_unreadable",
            f"{path} does not hold weights of Restage's network ({str(error).splitlines()[0]}). Give a file that"
            " `train` wrote.",
        ) from error


def write_weights(network: "nn.Module", path: Path) -> None:
    """In half precision, which changes no occupancy by more than a thousandth."""
    from safetensors.torch import save

    with atomic_write(path) as stream:
        stream.write(save({name: value.half().contiguous() for name, value in network.state_dict().items()}))
