"""Everything of the user's that the PaMIR route needs in memory: networks, body, and given bodies."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ..body.smpl import SmplBody
from ..device import choose_device
from ..errors import RestageError
from ..events import Events
from ..settings import Settings
from ..source import numbered_files
from .body_regressor import SmplParamRegressor
from .checkpoint import load_network
from .fitting import posed
from .geometry_network import PamirNet
from .graph_matrices import GraphMatrices
from .graph_network import GraphCNN
from .licence import LICENCE
from .parameters import ENDINGS, MARK, BodyParameters
from .texture_network import TexPamirNetAttention
from .weights import PamirFiles


@dataclass
class PamirModels:
    """estimator: GraphCMR's two networks, None where bodies are given; query_vertices: (Q,) surface vertices at which
    fitting asks for the occupancy; body_files: given bodies by name; fingerprint: of the files' content."""

    geometry: PamirNet
    texture: TexPamirNetAttention
    estimator: tuple[GraphCNN, SmplParamRegressor] | None
    body: SmplBody
    query_vertices: Tensor
    body_files: dict[str, Path]
    device: torch.device
    fingerprint: str

    @classmethod
    def load(cls, settings: Settings, events: Events) -> "PamirModels":
        """Read the files of `settings.weights` and `settings.smpl`, and tell the licence as a `notice` event.

        Raises RestageError `weights_missing`, `weights_wrong`, `weights_unreadable`, `body_wrong`, `smplx_missing`,
        `device_missing`, `input_missing`, `pickle_unsafe`, `pickle_unreadable`.
        """
        if not settings.weights:
            raise RestageError(
                "weights_missing",
                "The method 'pamir' needs the folder of PaMIR's files: give it with --weights (docs/pamir.md).",
            )
        events.emit("notice", message=LICENCE)
        device = choose_device(settings.device)
        given = numbered_files(Path(settings.body_params), MARK, ENDINGS) if settings.body_params else {}
        files = PamirFiles.find(Path(settings.weights), Path(settings.smpl) if settings.smpl else None)
        files.require(estimate=not given)
        body = SmplBody.load(files)
        estimator, chosen = None, torch.arange(body.surface_count)
        if not given:
            estimator, chosen = load_estimator(files, body, device)
        geometry, texture = (
            load_network(key, files.found[kind]).to(device)
            for key, kind in (("pamir_net", "geometry"), ("pamir_tex_net", "texture"))
        )
        assert isinstance(geometry, PamirNet)
        assert isinstance(texture, TexPamirNetAttention)
        # oneDNN's and cuDNN's convolutions are quickest this way round.
        for encoder in (geometry.hg, texture.cg):
            for weight in encoder.parameters():
                if weight.ndim == 4:
                    weight.data = weight.data.contiguous(memory_format=torch.channels_last)
        return cls(geometry, texture, estimator, body.to(device), chosen.to(device), given, device, files.fingerprint())

    def geometry_features(self, image: Tensor) -> Tensor:
        """(1, 256, 128, 128) of a picture (1, 3, 512, 512)."""
        with torch.no_grad():
            return self.geometry.image_features(image)

    def body_vertices(self, parameters: BodyParameters) -> npt.NDArray[np.float32]:
        """(S, 3) surface vertices of a body in PaMIR's canonical space."""
        with torch.no_grad():
            return posed(self.body, parameters, self.device)[: self.body.surface_count].cpu().numpy()


def load_estimator(
    files: PamirFiles, body: SmplBody, device: torch.device
) -> tuple[tuple[GraphCNN, SmplParamRegressor], Tensor]:
    """GraphCMR's two networks in evaluation mode, and the body's vertices that its mesh has, (Q,).

    Raises RestageError `body_wrong`, `weights_wrong`, `weights_unreadable`, `pickle_unsafe`, `pickle_unreadable`.
    """
    matrices = GraphMatrices.load(files.found["mesh_downsampling.npz"])
    chosen = _chosen(matrices, body, files.found["mesh_downsampling.npz"])
    template, path = body.normalised_template()[chosen], files.found["GraphCMR"]
    graph = load_network("graph_cnn", path, adjacency=matrices.adjacency, template=template)
    regressor = load_network("smpl_param_regressor", path, vertices=len(template))
    assert isinstance(graph, GraphCNN)
    assert isinstance(regressor, SmplParamRegressor)
    return (graph.to(device), regressor.to(device)), chosen


def _chosen(matrices: GraphMatrices, body: SmplBody, path: Path) -> Tensor:
    """The body's vertices that GraphCMR's mesh has; raises RestageError `body_wrong`."""
    if len(matrices.chosen) != len(matrices.adjacency) or matrices.chosen.max() >= body.surface_count:
        raise RestageError(
            "body_wrong", f"{path} does not belong to the SMPL model. Take it from PaMIR's repository again."
        )
    return torch.from_numpy(matrices.chosen)
