"""Bodies as volumes of semantic codes: SMPL by its tetrahedra, Restage's own closed body by its surface."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ...body.model import BodyModel
from ...body.smpl import SmplBody
from ...body.voxelize import fill, voxelize
from ...errors import RestageError
from ...events import Events
from ...pamir.fitting import posed
from ...pamir.licence import LICENCE
from ...pamir.weights import PamirFiles
from .scan import Scan
from .turned_body import TurnedBody


class BodyVolumes:
    """smpl: the user's body model, for scans that are labelled with it; resolution: voxels of a side."""

    def __init__(self, smpl: SmplBody | None, device: torch.device, resolution: int) -> None:
        self._smpl, self._device, self._resolution = smpl, device, resolution
        model = BodyModel.load()
        # As PaMIR codes SMPL: where a vertex lies in the rest pose, 0-1 on each axis. Only skin is a surface.
        rest = model.mean_vertices[model.exterior]
        self._exterior = torch.from_numpy(model.exterior)
        self._codes = torch.from_numpy((rest - rest.min(axis=0)) / np.ptp(rest, axis=0)).float().to(device)

    def of(self, bodies: list[TurnedBody]) -> Tensor:
        """(B, 3, R, R, R) float32, axes code, z, y, x, of true bodies."""
        return torch.stack([self._one(body) for body in bodies])

    def of_smpl(self, vertices: Tensor) -> Tensor:
        """(3, R, R, R) of SMPL's vertices (V, 3), canonical, inner ones included."""
        assert self._smpl is not None
        return voxelize(vertices, self._smpl.tetrahedra, self._smpl.codes, self._resolution)

    def _one(self, body: TurnedBody) -> Tensor:
        if body.parameters is None:
            assert body.inside is not None
            surface = torch.from_numpy(body.vertices)[self._exterior].to(self._device)
            return fill(torch.from_numpy(body.inside).to(self._device), surface, self._codes)
        assert self._smpl is not None
        with torch.no_grad():
            vertices = posed(self._smpl, body.parameters, self._device)
        return self.of_smpl(vertices @ torch.from_numpy(body.turn.T.copy()).to(self._device))


def smpl_files(
    scans: list[Scan], folder: Path | None, model: Path | None, estimate: bool, events: Events
) -> PamirFiles | None:
    """SMPL's files where a scan needs them, with the licence as a `notice` event; None where all bodies are open.

    folder, model: as given with --weights and --smpl; estimate: whether GraphCMR is needed too. Raises RestageError
    `weights_missing`.
    """
    labelled = next((scan for scan in scans if scan.body().kind == "smpl"), None)
    if labelled is None:
        return None
    if folder is None:
        raise RestageError(
            "weights_missing",
            f"The body of the scan {labelled.name} is SMPL's, which Restage does not hold. Give the folder of SMPL and"
            " of PaMIR's data files with --weights (docs/pamir.md), or label the scans with Restage's own body.",
        )
    events.emit("notice", message=LICENCE)
    files = PamirFiles.find(folder, model)
    files.require(estimate=estimate, networks=False)
    return files
