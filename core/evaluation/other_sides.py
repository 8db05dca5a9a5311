"""What the sides of a person look like that a frame's camera does not see, against the truth.

All colours are drawn on the true body, so that neither pose nor form counts, and compared where that and the true
person both show.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from ..body.model import BodyModel
from ..character.files import Character
from ..frame import ClipReader
from ..job import Job
from ..picture import Picture, read_picture
from ..ply import read_ply
from ..render import Hits, MeshCaster, silhouette
from ..surface.stage import dressed_body, read_clothing, sample_frames
from ..texture.stage import photograph_of
from ..texture.unwrap import hit_uv, sample
from .character_clip import TrueClip
from .reconstructor import painted_alone
from .shape import Surface
from .views import Frame, decibels

# Of the views around the person, which views.py draws: left, back and right.
SIDES = (1, 2, 3)
FRAMES = 4
# Pixels left around people in the sheet.
MARGIN = 6
ALONE, FRAME_MESH, CHARACTER = "frame alone", "mesh of the frame", "character"


def other_sides(clip: TrueClip, job: Job, character: Character) -> dict[str, dict[str, float]]:
    """Of three colourings, means over frames spread over the clip and the views SIDES: `psnr`, decibels, and `detail`,
    how strong gradients are, as a share of the truth's. The `frame alone` is the frame's mesh painted by nothing but
    its one picture; the `mesh of the frame` knows what the clip shows; the `character` has its texture. Frames without
    a mesh are left out; none at all raises KeyError."""
    found: dict[str, list[tuple[float, float]]] = {}
    for row in _rows(job, character):
        for truth, colourings in draw_sides(clip, job, character, row):
            for name, picture in colourings.items():
                both = (truth[..., 3] > 0) & (picture[..., 3] > 0)
                squared = (truth[both][:, :3].astype(np.float32) - picture[both][:, :3]) ** 2
                detail = _gradient(picture, both) / max(_gradient(truth, both), 1e-6)
                found.setdefault(name, []).append((decibels(float(squared.mean())), detail))
    names = (ALONE, FRAME_MESH, CHARACTER)
    return {name: dict(zip(("psnr", "detail"), np.mean(found[name], axis=0).tolist(), strict=True)) for name in names}


def sides_sheet(clip: TrueClip, job: Job, character: Character) -> Picture:
    """(3 h, 4 w, 3) uint8 RGB on white: the sides of the middle frame that is compared, below each other; from left to
    right the truth, the frame alone, the frame's mesh and the character."""
    rows = _rows(job, character)
    lines = []
    for truth, colourings in draw_sides(clip, job, character, rows[len(rows) // 2]):
        pictures = [truth, *colourings.values()]
        lines.append(np.concatenate([np.where(one[..., 3:] > 0, one[..., :3], 255) for one in pictures], axis=1))
    sheet = np.concatenate(lines).astype(np.uint8)
    # No more white between the columns than the widest person needs.
    columns = np.split(sheet, 4, axis=1)
    used = np.flatnonzero(np.min(columns, axis=(0, 1, 3)) < 255)
    return np.concatenate([column[:, max(used[0] - MARGIN, 0) : used[-1] + MARGIN] for column in columns], axis=1)


def _gradient(picture: Picture, inside: npt.NDArray[np.bool_]) -> float:
    """Root mean square change of brightness from pixel to pixel, away from the edge of what is `inside`."""
    import cv2

    grey = cv2.cvtColor(picture[..., :3], cv2.COLOR_RGB2GRAY).astype(np.float32)
    energy = cv2.Sobel(grey, cv2.CV_32F, 1, 0) ** 2 + cv2.Sobel(grey, cv2.CV_32F, 0, 1) ** 2
    within = cv2.erode(inside.astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
    return float(np.sqrt(energy[within].mean()))


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
