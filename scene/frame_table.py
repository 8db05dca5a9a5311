"""Which mesh shows at which frame of the clip: a table with a row for every frame between the first and the last."""

from collections.abc import Iterable
from dataclasses import dataclass

import bpy
import numpy as np
import numpy.typing as npt

FRAME, NUMBER, INDEX, MISSING = "restage_frame", "restage_number", "restage_index", "restage_missing"


@dataclass(frozen=True)
class FrameTable:
    """R rows, one for every frame of the clip from the first to the last that was tried.

    frame: (R,) int32 the clip's frames; number: (R,) int32 the clip's frame whose mesh stands for each, the last one
    that has a mesh, or the first; index: (R,) int32 that frame's place among those with a mesh; missing: (R,) bool
    whether nobody was seen since then.
    """

    frame: npt.NDArray[np.int32]
    number: npt.NDArray[np.int32]
    index: npt.NDArray[np.int32]
    missing: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, finished: Iterable[int], missing: Iterable[int]) -> "FrameTable":
        """finished, missing: the clip's frames with a mesh, at least one, and those that were tried and have none.

        Frames that a step left out are in neither; they show the mesh before them, whatever is hidden.
        """
        shown, tried = sorted(finished), sorted({*finished, *missing})
        frame = np.arange(tried[0], tried[-1] + 1, dtype=np.int32)
        before = np.searchsorted(shown, frame, side="right") - 1
        index = np.maximum(before, 0).astype(np.int32)
        number = np.array(shown, np.int32)[index]
        last_tried = np.array(tried)[np.searchsorted(tried, frame, side="right") - 1]
        return cls(frame, number, index, last_tried != number)

    def make_mesh(self, name: str) -> bpy.types.Mesh:
        """The table as a mesh that geometry nodes look things up in: a loose vertex a row, an attribute a column."""
        mesh = bpy.data.meshes.new(name)
        mesh.vertices.add(len(self.frame))
        for column, (field, kind, _) in COLUMNS.items():
            mesh.attributes.new(column, kind, "POINT").data.foreach_set("value", getattr(self, field))
        return mesh

    @classmethod
    def read(cls, mesh: bpy.types.Mesh) -> "FrameTable":
        """The table that make_mesh wrote."""
        values = {}
        for column, (field, _, dtype) in COLUMNS.items():
            values[field] = np.empty(len(mesh.vertices), dtype)
            mesh.attributes[column].data.foreach_get("value", values[field])
        return cls(**values)

    @property
    def shown(self) -> list[int]:
        """The clip's frames that have a mesh, in order."""
        return np.unique(self.number).tolist()

    @property
    def gaps(self) -> list[int]:
        """The clip's frames that were tried in vain, and those after them up to the next mesh."""
        return self.frame[self.missing].tolist()


COLUMNS = {
    FRAME: ("frame", "INT", np.int32),
    NUMBER: ("number", "INT", np.int32),
    INDEX: ("index", "INT", np.int32),
    MISSING: ("missing", "BOOLEAN", np.bool_),
}
