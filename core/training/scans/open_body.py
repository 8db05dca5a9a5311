"""Restage's own body as a fit to one scan moves it."""

from typing import Any

import numpy as np
import torch

from ...body.articulation import Articulation
from ...body.energy import LANDMARK_WEIGHT, LIMIT_SPREAD, SHAPE_SPREAD
from ...body.model import BodyModel, forward_kinematics
from ...body.points import BodyPoints, to_tensor
from .scan import Float, Int

# Every fourth visible vertex is compared with the scan.
STRIDE = 4
# Of the logarithm: how much the shape does not explain of a person's size.
SCALE_SPREAD = 0.03


class OpenBody:
    """The unknowns of a body (core.body.model): angles of its moving joints, shape, size and place, metres."""

    kind = "open"

    def __init__(self) -> None:
        self.model = BodyModel.load()
        self._articulation = Articulation.of(self.model)
        self.chosen: Int = np.flatnonzero(self.model.exterior)[::STRIDE].astype(np.int32)
        self._surface = BodyPoints.vertices(self.model, self.chosen)
        self._landmarks = BodyPoints.landmarks(self.model)
        self._frames = to_tensor(self._articulation.frames)
        self._heads = to_tensor(self.model.mean_heads[self._articulation.bones])
        self._shape_heads = to_tensor(self.model.shape_heads[:, self._articulation.bones])
        self._spread, self._low, self._high = (
            to_tensor(getattr(self._articulation, name)) for name in ("spread", "low", "high")
        )
        self.landmark_trust = to_tensor(self.model.landmark_exists)
        for landmark, value in LANDMARK_WEIGHT.items():
            self.landmark_trust[landmark] *= value
        self._first_turn = torch.eye(3)
        self._pose = torch.zeros(len(self._articulation.bones), 3, requires_grad=True)
        self._shape = torch.zeros(self.model.shape_count, requires_grad=True)
        self._log_scale = torch.zeros((), requires_grad=True)
        self._place = torch.zeros(3, requires_grad=True)

    @property
    def triangles(self) -> Int:
        """(T, 3) of the whole body."""
        return self.model.triangles

    @property
    def rest_landmarks(self) -> Float:
        """(33, 3) metres, of the mean body at rest."""
        return self.model.landmark_mean

    def start(self, orientation: torch.Tensor, hips: torch.Tensor) -> None:
        """Turn the whole body by (3, 3) and put it at (3,) metres."""
        self._first_turn = orientation
        self._place.data.copy_(hips)

    def unknowns(self) -> list[dict[str, Any]]:
        """What an optimiser changes, by its share of the rate."""
        return [
            {"params": [self._pose, self._shape], "share": 1.0},
            {"params": [self._place, self._log_scale], "share": 0.3},
        ]

    def landmarks(self) -> torch.Tensor:
        """(33, 3) metres."""
        return self._points(self._landmarks)

    def surface(self) -> torch.Tensor:
        """(N, 3) metres, the vertices `chosen`."""
        return self._points(self._surface)

    def prior(self) -> torch.Tensor:
        """How unlikely pose, shape and size are."""
        likely = ((self._pose / self._spread) ** 2).sum()
        beyond = torch.relu(self._low - self._pose) + torch.relu(self._pose - self._high)
        shape, scale = (self._shape / SHAPE_SPREAD) ** 2, (self._log_scale / SCALE_SPREAD) ** 2
        return 0.5 * likely + ((beyond / LIMIT_SPREAD) ** 2).sum() + shape.sum() + scale

    def arrays(self, unit: float) -> dict[str, np.ndarray]:
        """The body by the names that BodyModel.vertices takes, and its vertices (V, 3); unit: of a metre."""
        with torch.no_grad():
            shape = self._shape.detach().numpy().copy()
            rotations = np.zeros((len(self.model.bone_names), 3), np.float32)
            rotations[self._articulation.bones] = self._rotation_vectors().numpy()
            scale = unit * float(torch.exp(self._log_scale))
            place = (unit * self._place).numpy().astype(np.float32)
        vertices = self.model.vertices(shape, scale, rotations, place).astype(np.float32)
        return {
            "shape": shape,
            "scale": np.array(scale, np.float32),
            "rotations": rotations,
            "translation": place,
            "vertices": vertices,
        }

    def _points(self, points: BodyPoints) -> torch.Tensor:
        heads = self._heads + torch.einsum("s,sjc->jc", self._shape, self._shape_heads)
        matrices, joints = forward_kinematics(
            self._articulation.parents, heads[None], self._rotation_vectors()[None], torch.zeros(1, 3)
        )
        offsets = joints - torch.einsum("fjab,jb->fja", matrices, heads)
        return torch.exp(self._log_scale) * points.posed(self._shape, 1.0, matrices, offsets)[0] + self._place

    def _rotation_vectors(self) -> torch.Tensor:
        """(J, 3) in the rest pose's axes; the root's is its full orientation."""
        import roma

        vectors = torch.einsum("jik,jk->ji", self._frames, self._pose)
        root = roma.rotmat_to_rotvec(self._first_turn @ roma.rotvec_to_rotmat(vectors[0]))
        return torch.cat([root[None], vectors[1:]])
