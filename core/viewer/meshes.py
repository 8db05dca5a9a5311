"""The meshes of the result page: what its chunks are packed from."""

from collections.abc import Callable, Sequence

import numpy as np

from ..camera_file import read_still_world
from ..character.corners import split_corners
from ..character.files import Character
from ..job import Job
from ..ply import read_ply
from .chunk import Chunk, PageMesh, faces_per_frame, pack_chunk, reduce_mesh

WHITE = 255

# The mesh of a frame by its number, in the world that stands still.
Meshes = Callable[[int], PageMesh]


class FrameMeshes:
    """The frames' own meshes, reduced as far as a page of so many frames needs it."""

    def __init__(self, job: Job) -> None:
        self._job, self._world = job, read_still_world(job)
        self._most = faces_per_frame(len(job.finished_frames()))

    def __call__(self, number: int) -> PageMesh:
        vertices, faces, colours = read_ply(self._job.mesh_path(number))
        return reduce_mesh(PageMesh(self._world.from_world(vertices, number), faces, colours), self._most)


class CharacterMeshes:
    """The character, whose texture brings its colours."""

    def __init__(self, job: Job) -> None:
        self.character, self._world = Character.load(job), read_still_world(job)
        self.corners = split_corners(self.character.triangles, self.character.uv, self.character.uv_triangles)
        self._rows = {int(number): row for row, number in enumerate(self.character.frames)}
        self._blank = np.full((len(self.corners.vertices), 3), WHITE, np.uint8)

    def __call__(self, number: int) -> PageMesh:
        vertices = self._world.from_world(self.character.vertices[self._rows[number]], number)
        return PageMesh(vertices[self.corners.vertices], self.corners.triangles, self._blank)


class ChunkWork:
    """Packs chunks of frames. prepare: makes what gives their meshes; frames: the numbers in each chunk."""

    def __init__(self, prepare: Callable[[], Meshes], frames: Sequence[Sequence[int]]) -> None:
        self._meshes, self._frames = prepare(), frames

    def __call__(self, index: int) -> Chunk:
        """The chunk of this index."""
        return pack_chunk([self._meshes(number) for number in self._frames[index]])
