"""The fitted body of a clip, put together from the files of the body stage."""

from functools import cache

import numpy as np
import numpy.typing as npt

from ..arrays import BODY, HEADS, WAYS, read_arrays, unreadable
from ..job import Job
from .articulation import Articulation
from .model import BodyModel

Float = npt.NDArray[np.float32]

ANOTHER = "it is of another body"


class FittedBody:
    """F frames. frames: (F,) their numbers; rotations: (F, B, 3) axis-angle in the rest pose's world axes;
    translation: (F, 3) the root's place, world metres; shape: (S,), scale: as `BodyModel.rest_vertices` takes them.

    Raises RestageError `job_unreadable`.
    """

    def __init__(self, job: Job) -> None:
        self.model = BodyModel.load()
        values = read_arrays(job.body_path, BODY, "frames", "shape", "scale", "rotations", "translation")
        self.frames: npt.NDArray[np.int32] = values["frames"]
        self.shape, self.scale = values["shape"], float(values["scale"])
        self.rotations, self.translation = values["rotations"], values["translation"]
        self.row = {int(number): row for row, number in enumerate(self.frames)}
        self._path, self._ways = job.body_path, np.zeros_like(self.model.mean_vertices)
        for path in (job.own_face_path, job.shoes_path):
            if path.exists():
                ways = read_arrays(path, WAYS)["ways"]
                if ways.shape != self._ways.shape:
                    raise unreadable(path, ANOTHER)
                self._ways = self._ways + ways
        self._heads = np.zeros_like(self.translation)
        if job.heads_path.exists():
            self._heads = read_arrays(job.heads_path, HEADS)["ways"]
            if self._heads.shape != self.translation.shape:
                raise unreadable(job.heads_path, ANOTHER)

    @property
    def rest(self) -> Float:
        """(V, 3) the naked body in the rest pose, with the person's own face and shoes, metres."""
        return (self.model.rest_vertices(self.shape, self.scale) + self._ways).astype(np.float32)

    def skinning(self, row: int) -> tuple[Float, Float]:
        """The row-th frame's transforms, (V, 3, 3) and (V, 3), as `BodyModel.skinning` returns them. Raises
        RestageError `job_unreadable` for the body of another model."""
        if (len(self.shape), self.rotations.shape[1]) != (self.model.shape_count, len(self.model.bone_names)):
            raise unreadable(self._path, ANOTHER)
        turn, shift = self.model.skinning(self.shape, self.scale, self.rotations[row], self.translation[row])
        return turn, shift + head_influence()[:, None] * self._heads[row]

    def vertices(self, number: int) -> Float:
        """(V, 3) the body of a frame, world metres."""
        turn, shift = self.skinning(self.row[number])
        return (np.einsum("vij,vj->vi", turn, self.rest) + shift).astype(np.float32)


@cache
def head_influence() -> Float:
    """(V,) how far each vertex goes with the head, 0-1."""
    model = BodyModel.load()
    articulation = Articulation.of(model)
    weights = articulation.joint_weights(model.bone_weights(np.arange(len(model.mean_vertices))))
    return weights[:, articulation.bones == model.bone("head")][:, 0].astype(np.float32)
