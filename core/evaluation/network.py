"""Restage's own network, or one to compare it with, as a row of the comparison. The only file of the evaluation that
knows how they are called."""

from pathlib import Path

import numpy as np
import torch

from ..errors import ExitCode, RestageError
from ..open.network import PICTURE, OpenNet
from ..open.surface import open_surface
from ..surface.clothing import fitted
from ..surface.silhouette import MaskField
from ..training.networks import NETWORKS
from ..weights_file import read_values, unreadable
from .reconstructor import Reconstruction, Sight, clothes_of, colours_of, dressed_body, resized


class OpenNetwork:
    """A trained network under a name of its own."""

    def __init__(self, name: str, network: OpenNet, resolution: int) -> None:
        self.name = name
        self._network, self._resolution = network.eval(), resolution

    @classmethod
    def load(cls, name: str, path: Path, resolution: int) -> "OpenNetwork":
        """From weights (.safetensors) or a training's checkpoint (.pt). Raises RestageError `input_missing`,
        `weights_unreadable`, and `weights_wrong` when they are another network's."""
        if not path.is_file():
            raise RestageError(
                "input_missing",
                f"There is no network {path}. Give NAME=FILE with the weights, or a checkpoint of `train open`.",
                ExitCode.BAD_ARGUMENTS,
            )
        values = read_values(path) if path.suffix == ".safetensors" else _running_mean(path)
        for make in NETWORKS.values():
            network = make()
            try:
                network.load_state_dict(values)
            except RuntimeError:
                continue
            return cls(name, network, resolution)
        raise RestageError(
            "weights_wrong",
            f"{path} holds the weights of another network, perhaps of an earlier version. Train it again.",
        )

    def reconstruct(self, sight: Sight) -> Reconstruction:
        """See Reconstructor."""
        picture = resized(sight.picture, PICTURE).astype(np.uint8, copy=False)
        mask = resized(sight.mask, PICTURE).astype(np.float32, copy=False)
        thickness = clothes_of(sight)
        body = fitted(sight.body, sight.view, MaskField.of(mask), thickness)
        thickness = thickness / np.float32(sight.view.metres_per_unit)
        vertices, faces = open_surface(self._network, picture, mask, body, thickness, self._resolution)
        return Reconstruction(vertices, faces, colours_of(sight, vertices, faces, dressed_body(sight)))


def _running_mean(path: Path) -> dict[str, torch.Tensor]:
    """What a training's checkpoint keeps of its network. Raises RestageError `weights_unreadable`."""
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
        return {name: value.float() for name, value in content["mean"].items()}
    # torch raises whatever a damaged file leads it to.
    except Exception as error:
        raise unreadable(path, (str(error).splitlines() or [type(error).__name__])[0]) from error
