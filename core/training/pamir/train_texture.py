"""Trains PaMIR's texture network beside a frozen geometry network (pamir.md 8)."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ...body.smpl import SmplBody
from ...events import Events
from ...pamir.checkpoint import load_network
from ...pamir.geometry_network import PamirNet
from ...pamir.projection import project
from ...pamir.texture_network import TexPamirNetAttention
from ...pamir.vertex_colours import vertex_colours
from ...picture import Picture
from .body_volumes import BodyVolumes, smpl_files
from .held_back import Split, TrueMesh, coloured, row
from .losses import colour_losses
from .run import RATE, Limits, Run
from .scan import Float, find_scans
from .sizes import Sizes
from .texture_view import TextureView
from .train_geometry import Models

KEY = "pamir_tex_net"


class TextureTask:
    """A core.training.pamir.run.Task. geometry: frozen, in evaluation mode."""

    def __init__(
        self,
        network: TexPamirNetAttention,
        geometry: PamirNet,
        split: Split,
        volumes: BodyVolumes,
        device: torch.device,
        sizes: Sizes,
    ) -> None:
        self._network, self._geometry, self._split, self._volumes = network, geometry, split, volumes
        self._device, self._sizes = device, sizes

    def read(self, step: int, chosen: list[int]) -> list[TextureView]:
        return [
            TextureView.read(*self._split.views[index], self._random(step, place), self._sizes)
            for place, index in enumerate(chosen)
        ]

    def losses(self, step: int, batch: list[TextureView]) -> dict[str, Tensor]:
        image, points, colours = (
            torch.from_numpy(np.stack(values)).to(self._device)
            for values in zip(*((view.image, view.points, view.colours) for view in batch), strict=True)
        )
        volume = self._volumes.of([view.body for view in batch])
        with torch.no_grad():
            features = self._geometry.image_features(image)
        predicted, final, attention, _ = self._network(image, volume, points, project(points), features)
        return colour_losses(predicted, final, attention, colours)

    def validate(self) -> tuple[Picture, dict[str, float]]:
        scan, number = self._split.held_back
        view = TextureView.read(scan, number, self._random(0, 0), self._sizes)
        image = torch.from_numpy(view.image)[None].to(self._device)
        with torch.inference_mode():
            features = self._geometry.image_features(image)
            volume = self._volumes.of([view.body])

        def colours(points: Float) -> Float:
            return vertex_colours(self._network, image, features, volume, points)

        error = float(np.abs(colours(view.points) - view.colours).mean())
        return row(view.image, coloured(TrueMesh.of(scan, number), colours)), {"final": error}

    def _random(self, step: int, place: int) -> np.random.Generator:
        return np.random.default_rng([self._sizes.seed, step, place])


def train_texture(
    scans: Path,
    output: Path,
    geometry: Path,
    limits: Limits,
    events: Events,
    models: Models | None = None,
    device: torch.device | None = None,
    sizes: Sizes | None = None,
    workers: int = 2,
) -> Run:
    """Train on the scans of a folder, or go on with the run in `output`; the body is always the true one.

    geometry: checkpoint of the geometry network. Raises RestageError as train_geometry does.
    """
    models, device, sizes = models or Models(), device or torch.device("cpu"), sizes or Sizes()
    found = find_scans(scans, events, coloured=True)
    split = Split.of(found)
    files = smpl_files(found, models.weights, models.smpl, False, events)
    frozen = load_network("pamir_net", geometry).to(device).requires_grad_(False)
    assert isinstance(frozen, PamirNet)
    torch.manual_seed(sizes.seed)
    network = TexPamirNetAttention().to(device)
    optimiser = torch.optim.Adam(network.parameters(), lr=RATE)
    run = Run.open(output, KEY, network, optimiser, sizes, len(split.views))
    volumes = BodyVolumes(SmplBody.load(files).to(device) if files else None, device, sizes.voxels)
    run.train(TextureTask(network, frozen, split, volumes, device, sizes), limits, events, workers)
    return run
