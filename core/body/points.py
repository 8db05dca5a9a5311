"""Points of the body that follow its moving joints, as tensors through which a fit can differentiate."""

import numpy as np
import torch

from .articulation import Articulation
from .model import BodyModel


class BodyPoints:
    """N points: rest positions (N, 3) with shape components (S, N, 3), and influences (N, B) of the model's bones."""

    def __init__(
        self, articulation: Articulation, mean: np.ndarray, shape: np.ndarray, bone_weights: np.ndarray
    ) -> None:
        self._mean, self._shape = to_tensor(mean), to_tensor(shape)
        self._weights = to_tensor(articulation.joint_weights(bone_weights))

    @classmethod
    def landmarks(cls, model: BodyModel) -> "BodyPoints":
        """The counterparts of MediaPipe's 33 landmarks."""
        return cls(Articulation.of(model), model.landmark_mean, model.landmark_shape, model.landmark_weights)

    @classmethod
    def vertices(cls, model: BodyModel, chosen: np.ndarray) -> "BodyPoints":
        """Some of the model's vertices, (N,) indices."""
        mean, shape = model.mean_vertices[chosen], model.shape_vertices[:, chosen]
        return cls(Articulation.of(model), mean, shape, model.bone_weights(chosen))

    def posed(self, shape: torch.Tensor, scale: float, matrices: torch.Tensor, offsets: torch.Tensor) -> torch.Tensor:
        """(F, N, 3) positions by linear blend skinning.

        shape: (S,); matrices: (F, J, 3, 3) world rotations of the moving joints; offsets: (F, J, 3) where each takes
        the rest pose's origin.
        """
        rest = scale * (self._mean + torch.einsum("s,snc->nc", shape, self._shape))
        blend = torch.einsum("nj,fjab->fnab", self._weights, matrices)
        return torch.einsum("fnab,nb->fna", blend, rest) + torch.einsum("nj,fja->fna", self._weights, offsets)


def to_tensor(values: np.ndarray) -> torch.Tensor:
    """A float32 tensor with the array's values."""
    return torch.from_numpy(np.ascontiguousarray(values)).float()
