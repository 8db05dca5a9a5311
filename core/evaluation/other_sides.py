"""What the sides of a person look like that a frame's camera does not see, against the truth.

All colours are drawn on the true body, so that neither pose nor form counts, and compared where that and the true
person both show.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from ..body.model import BodyModel
from ..character.files import Character
from ..character.unwrap import hit_uv, sample
from ..frame import ClipReader
from ..job import Job
from ..picture import read_picture
from ..ply import read_ply
from ..render import Hits, MeshCaster, silhouette
from ..surface.stage import dressed_body, read_clothing, sample_frames
from ..texture.stage import photograph_of
from .character_clip import TrueClip
from .reconstructor import painted_alone
from .shape import Surface
from .views import Frame, decibels

Float = npt.NDArray[np.float32]
Picture = npt.NDArray[np.uint8]

# Of the views around the person, which views.py draws: left, back and right.
SIDES = (1, 2, 3)
FRAMES = 4
ALONE, FRAME_MESH, CHARACTER = "frame alone", "mesh of the frame", "character"


def other_sides(clip: TrueClip, job: Job, character: Character) -> dict[str, float]:
    """PSNR in decibels, mean over frames spread over the clip and the views SIDES, of three colourings: the `frame
    alone`, the frame's mesh painted by nothing but its one picture; the `mesh of the frame`, which knows what the clip
    shows; and the `character` with its texture. Frames without a mesh are left out; none at all raises KeyError."""
    squared: dict[str, list[float]] = {}
    for row in _rows(job, character):
        for truth, colourings in draw_sides(clip, job, character, row):
            for name, picture in colourings.items():
                both = (truth[..., 3] > 0) & (picture[..., 3] > 0)
                error = (truth[both][:, :3].astype(np.float32) - picture[both][:, :3]) ** 2
                squared.setdefault(name, []).append(float(error.mean()))
    return {name: float(np.mean([decibels(one) for one in squared[name]])) for name in (ALONE, FRAME_MESH, CHARACTER)}


def _rows(job: Job, character: Character) -> list[int]:
    finished = set(job.finished_frames())
    return sample_frames([row for row, number in enumerate(character.frames) if int(number) in finished], FRAMES)


def draw_sides(
    clip: TrueClip, job: Job, character: Character, row: int
) -> Iterator[tuple[Picture, dict[str, Picture]]]:
    """For each of SIDES of a frame the true person and the true body in each colouring, (h, w, 4) uint8 RGBA,
    transparent around."""
    import trimesh

    number, reader = int(character.frames[row]), ClipReader(job)
    world, faces, painted = read_ply(job.mesh_path(number))
    dressed = dressed_body(reader, number, read_clothing(job))
    alone = painted_alone(world, faces, dressed, photograph_of(reader, number), reader.camera)
    mesh = Surface(world[:1], world[:1], np.zeros(1, np.int64), world, faces)
    texture, body = read_picture(character.texture), MeshCaster(clip.body[number], BodyModel.load().triangles)
    views = [Frame.around(clip.world[number]).views()[side] for side in SIDES]
    assert character.uv is not None and character.uv_triangles is not None
    for view, truth in zip(views, clip.lit(number, views, np.random.default_rng([clip.seed, 3])), strict=True):
        hits = body.cast(view)
        _, face, places = mesh.closest(hits.interpolate(character.vertices[row]))
        corners = faces[face]
        # Triangles without area have no such weights; of their corners one is as good as another.
        weights = np.nan_to_num(trimesh.triangles.points_to_barycentric(world[corners], places), nan=1 / 3)
        colours = {
            ALONE: np.einsum("nk,nkc->nc", weights, alone[corners]),
            FRAME_MESH: np.einsum("nk,nkc->nc", weights, painted[corners]),
            CHARACTER: sample(texture, hit_uv(hits, character.uv, character.uv_triangles)),
        }
        yield truth, {name: _drawn(hits, values) for name, values in colours.items()}


def _drawn(hits: Hits, colours: npt.NDArray[np.floating]) -> Picture:
    picture = np.zeros((*hits.face.shape, 4), np.uint8)
    shown = silhouette(hits)
    picture[shown, :3] = np.clip(colours + 0.5, 0, 255)
    picture[shown, 3] = 255
    return picture
