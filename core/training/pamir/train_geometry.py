"""Trains PaMIR's geometry network (pamir.md 8); can be stopped at any moment and gone on with."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ...body.smpl import SmplBody
from ...errors import RestageError
from ...events import Events
from ...pamir.geometry_field import PamirField
from ...pamir.geometry_network import PamirNet
from ...pamir.models import load_estimator
from ...pamir.projection import project
from ...picture import Picture
from ...surface.grid import sample_field
from ...surface.mesh import extract_mesh
from .body_volumes import BodyVolumes, smpl_files
from .geometry_view import GeometryView
from .held_back import Split, TrueMesh, row, shaded, slices
from .losses import occupancy_losses
from .predicted_bodies import PredictedBodies, depth_shifts
from .run import RATE, Limits, Run
from .scan import find_scans
from .sizes import Sizes

KEY = "pamir_net"
# Cells of the validation's mesh along the volume's side.
RESOLUTION = 64


@dataclass(frozen=True)
class Models:
    """weights, smpl: the user's files, where scans are labelled with SMPL; truth: take the true body always, as the
    published second script does, instead of GraphCMR's estimate."""

    weights: Path | None = None
    smpl: Path | None = None
    truth: bool = False


class GeometryTask:
    """A core.training.pamir.run.Task. predicted: GraphCMR's bodies, None where all are the true ones."""

    def __init__(
        self,
        network: PamirNet,
        split: Split,
        volumes: BodyVolumes,
        predicted: PredictedBodies | None,
        device: torch.device,
        sizes: Sizes,
    ) -> None:
        self._network, self._split, self._volumes, self._predicted = network, split, volumes, predicted
        self._device, self._sizes = device, sizes

    def read(self, step: int, chosen: list[int]) -> list[GeometryView]:
        return [
            GeometryView.read(*self._split.views[index], self._random(step, place), self._sizes)
            for place, index in enumerate(chosen)
        ]

    def losses(self, step: int, batch: list[GeometryView]) -> dict[str, Tensor]:
        image, points, inside = (
            torch.from_numpy(np.stack(values)).to(self._device)
            for values in zip(*((view.image, view.points, view.inside) for view in batch), strict=True)
        )
        volume, shifts = self._bodies(step, image, batch)
        # The labels and what the picture shows stay those of the points where they were.
        shifted = torch.cat([points[..., :2], points[..., 2:] + shifts[..., None]], dim=2)
        return occupancy_losses(self._network(image, volume, shifted, project(points)), inside)

    def validate(self) -> tuple[Picture, dict[str, float]]:
        scan, number = self._split.held_back
        view = GeometryView.read(scan, number, self._random(0, 0), self._sizes, augment=False)
        mesh = TrueMesh.of(scan, number)
        image = torch.from_numpy(view.image)[None].to(self._device)
        with torch.inference_mode():
            features = self._network.image_features(image)
            volume = self._volumes.of([view.body])
        field = PamirField(self._network, features, volume, torch.from_numpy(view.body.vertices), exact=True)
        found = field.occupancy(view.points)[:, None]
        try:
            tiles = shaded(*extract_mesh(sample_field(field, RESOLUTION))) + shaded(mesh.vertices, mesh.faces)
        except RestageError as error:
            if error.code != "surface_empty":
                raise
            tiles = slices(field.occupancy) + slices(lambda points: mesh.inside(points).astype(np.float32))
        values = {
            "last": float(((found - view.inside) ** 2).mean()),
            "error": float(((found > 0.5) != (view.inside > 0.5)).mean()),
        }
        return row(view.image, tiles), values

    def _bodies(self, step: int, image: Tensor, batch: list[GeometryView]) -> tuple[Tensor, Tensor]:
        """Volumes (B, 3, R, R, R), and shifts (B, P) of points in depth that belong to them."""
        shifts = torch.zeros(len(batch), len(batch[0].points), device=self._device)
        if self._predicted is None:
            return self._volumes.of([view.body for view in batch]), shifts
        volumes = []
        predictions = self._predicted.of(image, [view.body for view in batch], self._random(step, len(batch)))
        for number, (view, vertices) in enumerate(zip(batch, predictions, strict=True)):
            if vertices is None:
                volumes.append(self._volumes.of([view.body])[0])
                continue
            volumes.append(self._volumes.of_smpl(vertices))
            index, distance, truth = (
                torch.from_numpy(values).to(self._device) for values in (view.index, view.distance, view.body.vertices)
            )
            shifts[number] = depth_shifts(index, distance, vertices[: len(truth)], truth)
        return torch.stack(volumes), shifts

    def _random(self, step: int, place: int) -> np.random.Generator:
        return np.random.default_rng([self._sizes.seed, step, place])


def train_geometry(
    scans: Path,
    output: Path,
    limits: Limits,
    events: Events,
    models: Models | None = None,
    device: torch.device | None = None,
    sizes: Sizes | None = None,
    workers: int = 2,
) -> Run:
    """Train on the scans of a folder, or go on with the run in `output`.

    Where a scan's body is SMPL's and `models` do not say otherwise, the network sees the body as GraphCMR estimates it.
    Raises RestageError `dataset_empty`, `scan_unreadable`, `weights_missing`, `weights_wrong`, `body_wrong`,
    `checkpoint_unreadable`, `training_diverged` and what reading the user's files raises.
    """
    models, device, sizes = models or Models(), device or torch.device("cpu"), sizes or Sizes()
    found = find_scans(scans, events)
    split = Split.of(found)
    files = smpl_files(found, models.weights, models.smpl, not models.truth, events)
    smpl = predicted = None
    if files is not None:
        body = SmplBody.load(files)
        smpl = body.to(device)
        if not models.truth:
            predicted = PredictedBodies(load_estimator(files, body, device)[0], smpl)
    torch.manual_seed(sizes.seed)
    network = PamirNet().to(device)
    optimiser = torch.optim.RMSprop(network.parameters(), lr=RATE, alpha=0.99, eps=1e-8)
    run = Run.open(output, KEY, network, optimiser, sizes, len(split.views))
    volumes = BodyVolumes(smpl, device, sizes.voxels)
    run.train(GeometryTask(network, split, volumes, predicted, device, sizes), limits, events, workers)
    return run
