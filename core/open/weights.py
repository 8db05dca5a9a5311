"""The weights that Restage ships."""

from pathlib import Path

import torch

from .network import OpenNet

PATH = Path(__file__).resolve().parent.parent / "weights" / "open.safetensors"


def load_open(device: torch.device) -> OpenNet:
    """The shipped network, in evaluation mode."""
    from safetensors.torch import load_file

    network = OpenNet()
    network.load_state_dict({name: value.float() for name, value in load_file(PATH).items()})
    return network.eval().to(device)


def save_open(network: OpenNet, path: Path = PATH) -> None:
    """Write weights in half precision, which changes no occupancy by more than a thousandth."""
    from safetensors.torch import save_file

    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: value.half().contiguous() for name, value in network.state_dict().items()}, path)
