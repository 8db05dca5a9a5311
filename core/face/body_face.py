"""The face mesh's landmarks on the body model."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..body.model import BodyModel

# Made by core/training/body_face.py.
LANDMARKS = Path(__file__).with_name("body_face.npz")
# The landmarks of eyes, nose, mouth and chin; metres around them that are the face, and where it ends.
FEATURES = (33, 133, 159, 145, 362, 263, 386, 374, 6, 197, 4, 94, 98, 327, 61, 291, 13, 14, 17, 152, 168)
WHOLLY, NOT = 0.02, 0.05

Float = npt.NDArray[np.float32]


@dataclass(frozen=True)
class BodyFace:
    """The N landmarks: seen: (N, 3) metres, where the network has them on the mean body in the rest pose; corners:
    (N, 3) vertices of the body's triangle on which each lies, and weights: (N, 3) of them."""

    seen: Float
    corners: npt.NDArray[np.int32]
    weights: Float

    @classmethod
    @cache
    def load(cls) -> "BodyFace":
        """The landmarks of the body model."""
        with np.load(LANDMARKS, allow_pickle=False) as values:
            return cls(values["seen"], values["corners"], values["weights"])

    def on(self, vertices: npt.NDArray[np.floating]) -> Float:
        """(V, 3) a body -> (N, 3) its landmarks."""
        return np.einsum("nk,nkc->nc", self.weights, vertices[self.corners]).astype(np.float32)


@cache
def face_share() -> Float:
    """(V,) how far each vertex of the body belongs to its eyes, nose, mouth and what is around them, 0-1."""
    from scipy.spatial import KDTree

    model = BodyModel.load()
    away, _ = KDTree(BodyFace.load().on(model.mean_vertices)[list(FEATURES)]).query(model.mean_vertices)
    share = np.clip((NOT - away) / (NOT - WHOLLY), 0.0, 1.0)
    return np.where(model.of_parts("head") & model.exterior, share, 0.0).astype(np.float32)
