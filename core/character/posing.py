"""Between the rest pose and each frame's pose: the fitted body's skinning, both ways."""

import numpy as np
import numpy.typing as npt

from ..body.fitted import FittedBody
from .files import Skeleton

Float = npt.NDArray[np.float32]

# Blended rotations shrink between two bones; their inverse must not blow up what is measured there.
DAMPING = 0.1


class Posing:
    """One frame's pose: x -> turn x + shift for every vertex."""

    def __init__(self, turn: Float, shift: Float) -> None:
        self._turn, self._shift = turn, shift

    def place(self, points: Float) -> Float:
        """(V, 3) rest pose -> (V, 3) world."""
        return np.einsum("vij,vj->vi", self._turn, points) + self._shift

    def unturn(self, vectors: Float) -> Float:
        """(V, 3) displacements in the world -> in the rest pose, by the damped inverse of the skinning."""
        transposed = self._turn.transpose(0, 2, 1)
        square = transposed @ self._turn + DAMPING**2 * np.eye(3, dtype=np.float32)
        damped = (1.0 + DAMPING**2) * transposed
        return np.linalg.solve(square, np.einsum("vij,vj->vi", damped, vectors)[..., None])[..., 0]


class BodyMotionFile(FittedBody):
    """The fitted body of a job's frames, as what the character moves with."""

    def posing(self, row: int) -> Posing:
        """The pose of the row-th frame."""
        turn, shift = self.skinning(row)
        return Posing(turn.astype(np.float32), shift.astype(np.float32))

    def skeleton(self) -> Skeleton:
        """The bones and their motion; a bone ends where its children start."""
        model = self.model
        heads = model.rest_heads(self.shape, self.scale).astype(np.float32)
        return Skeleton(
            names=np.array(model.bone_names),
            parents=np.array(model.bone_parents, np.int32),
            heads=heads,
            tails=bone_tails(heads, model.bone_parents),
            weights_index=model.weight_bones,
            weights=model.weights,
            rotations=self.rotations,
            translation=self.translation,
            scale=self.scale,
        )


def bone_tails(heads: Float, parents: tuple[int, ...]) -> Float:
    """(B, 3) ends of bones: the mean of their children's heads; a last bone is half as long as its parent."""
    tails = np.zeros_like(heads)
    for bone, parent in enumerate(parents):
        children = [child for child, above in enumerate(parents) if above == bone]
        if children:
            tails[bone] = heads[children].mean(axis=0)
        else:
            tails[bone] = heads[bone] + (heads[bone] - heads[parent]) / 2
    return tails
