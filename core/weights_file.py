"""Weights of Restage's own networks, in files that hold numbers and nothing else."""

from pathlib import Path
from typing import TYPE_CHECKING

from .errors import RestageError
from .job import atomic_write

if TYPE_CHECKING:
    from torch import Tensor, nn

FOLDER = Path(__file__).parent / "weights"


def read_weights(network: "nn.Module", path: Path) -> None:
    """Fill a network from a file. Raises RestageError `weights_unreadable`."""
    try:
        network.load_state_dict(read_values(path))
    except RuntimeError as error:
        raise unreadable(path, str(error).splitlines()[0]) from error


def read_values(path: Path) -> "dict[str, Tensor]":
    """What a file holds, by the names of a network's parameters, float32. Raises RestageError `weights_unreadable`."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        values = {name: value.float() for name, value in load_file(path).items()}
    # Headers that are no text end in an error of their own, and so does a type that torch does not know.
    except (OSError, SafetensorError, RuntimeError, ValueError, KeyError) as error:
        raise unreadable(path, str(error).splitlines()[0]) from error
    if not all(bool(value.isfinite().all()) for value in values.values()):
        raise unreadable(path, "it holds something that is no number")
    return values


def unreadable(path: Path, why: str) -> RestageError:
    """The error `weights_unreadable` for a file."""
    return RestageError(
        "weights_unreadable",
        f"{path} does not hold weights of Restage's network ({why}). Give a file that `train` wrote.",
    )


def write_weights(network: "nn.Module", path: Path) -> None:
    """In half precision, which changes no occupancy by more than a thousandth."""
    from safetensors.torch import save

    with atomic_write(path) as stream:
        stream.write(save({name: value.half().contiguous() for name, value in network.state_dict().items()}))
