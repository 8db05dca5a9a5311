"""How much the colours of the person change from one frame to the next where the surface is the same."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from ..character.files import Character
from ..job import Job
from ..picture import read_picture
from ..ply import read_ply
from ..render import CameraView, Hits, MeshCaster, View, orbit_view
from ..surface.stage import sample_frames
from ..texture.unwrap import hit_uv, sample

Float = npt.NDArray[np.float32]

# Pixels along a view's side, and how much finer it is drawn and averaged, as a renderer does.
SIZE, FINER = 512, 3
# Pairs of neighbouring frames that are compared, spread over the clip.
PAIRS = 10
# A vertex is visible where the ray through it meets the mesh no more than this before it, metres.
NEAR = 0.006
# A pixel around which depths differ by more, metres, or that is not all of the mesh, shows something else as well.
STEP = 0.03


def texture_flicker(job: Job) -> dict[str, float | None]:
    """Mean absolute change of colour, 0-255, from a frame to the next, at the character's vertices that both show:
    `frames` where each frame's own mesh is drawn, `character` where the character is, with its one texture. Both are
    drawn alike, from the clip's camera and from behind, and looked at where the registered vertices are; not at
    outlines, whose pixels have the background's or another limb's colours as well. None where no two neighbouring
    frames have meshes. Raises RestageError `character_missing`.
    """
    character = Character.load(job)
    numbers, finished = character.frames.tolist(), set(job.finished_frames())
    pairs = [row for row in range(len(numbers) - 1) if {numbers[row], numbers[row + 1]} <= finished]
    if not pairs or character.uv is None:
        return {"frames": None, "character": None}
    changes: dict[str, list[float]] = {"frames": [], "character": []}
    for row in sample_frames(pairs, PAIRS):
        before, after = (_looks(job, character, at) for at in (row, row + 1))
        for first, second in zip(before, after, strict=True):
            both = first["visible"][:, 0] & second["visible"][:, 0]
            for name, found in changes.items():
                found.append(float(np.abs(first[name][both] - second[name][both]).mean()))
    return {name: float(np.mean(found)) for name, found in changes.items()}


def _looks(job: Job, character: Character, row: int) -> Iterator[dict[str, npt.NDArray]]:
    """For each view of a frame, what a viewer finds at the place of every vertex: colours (V, 3) by what is drawn, and
    whether the vertex is visible, (V, 1)."""
    vertices = character.vertices[row]
    own, faces, painted = read_ply(job.mesh_path(int(character.frames[row])))
    frame_caster, caster = MeshCaster(own, faces), MeshCaster(vertices, character.triangles)
    texture = read_picture(character.texture)
    camera = job.camera()
    centre = (vertices.min(axis=0) + vertices.max(axis=0)) / 2
    radius = float(np.linalg.norm(vertices - centre, axis=1).max())
    views: list[View] = [CameraView(camera, FINER * SIZE, FINER * SIZE, job.crops()[int(character.frames[row])])]
    views.append(orbit_view(180.0, centre, radius, FINER * SIZE, FINER * SIZE))
    for view in views:
        pixels = view.pixels(vertices)
        origins, directions = view.rays(pixels)
        depth = np.linalg.norm(vertices - origins, axis=1) / np.linalg.norm(directions, axis=1)
        visible = np.abs(caster.distances(origins, directions) - depth) < NEAR
        # The other surface must be there too: at the outline, one of them may show the background.
        visible &= np.abs(frame_caster.distances(origins, directions) - depth) < 10 * NEAR
        hits, frame_hits = caster.cast(view), frame_caster.cast(view)
        visible &= _whole(hits, pixels) & _whole(frame_hits, pixels)
        assert character.uv is not None and character.uv_triangles is not None
        places = hit_uv(hits, character.uv, character.uv_triangles)
        yield {
            "visible": visible[:, None],
            "frames": _at(frame_hits, None, painted.astype(np.float32), pixels),
            "character": _at(hits, sample(texture, places), None, pixels),
        }


def _whole(hits: Hits, pixels: npt.NDArray[np.floating]) -> npt.NDArray[np.bool_]:
    """(N,) whether all that is drawn around pixels (N, 2), as far as `_at` averages it, is one surface."""
    import cv2

    around = np.ones((2 * FINER + 1, 2 * FINER + 1), np.uint8)
    depth = np.where(hits.face >= 0, hits.depth, 0.0).astype(np.float32)
    low = cv2.erode(depth, around)
    whole = (low > 0) & (cv2.dilate(depth, around) - low < STEP)
    high, wide = whole.shape
    column, row = np.clip(pixels.astype(int), 0, [wide - 1, high - 1]).T
    return whole[row, column]


def _at(hits: Hits, shown: Float | None, painted: Float | None, pixels: npt.NDArray[np.floating]) -> Float:
    """(N, 3) the drawn picture's colours at pixels (N, 2), linearly interpolated; drawn are the colours of the pixels
    that show the mesh (M, 3), or those of its vertices (V, 3)."""
    import cv2

    picture = np.zeros((*hits.face.shape, 3), np.float32)
    picture[hits.face >= 0] = hits.interpolate(painted) if painted is not None else shown
    picture = cv2.resize(picture, (SIZE, SIZE), interpolation=cv2.INTER_AREA)
    places = (pixels / FINER - 0.5).astype(np.float32)[None]
    x, y = (np.ascontiguousarray(places[..., axis]) for axis in range(2))
    return cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)[0].astype(np.float32)
