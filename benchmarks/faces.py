"""The faces of finished jobs, close up: `python benchmarks/faces.py JOB... --output PICTURE.jpg [--frames N...]`.

A row a job and frame, of the frame that shows the face most surely by default: the clip's picture, the frame's mesh and
the character as the clip's camera sees them, and the character in its colours from the front and from both sides of the
head. Of a job with a moving texture, instead of mesh and character in grey, the character in the clip's one texture,
and in the frame's; from all sides in the frame's.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from core.body.model import BodyModel  # noqa: E402
from core.character.files import Character  # noqa: E402
from core.character.normals import mapped_normals  # noqa: E402
from core.face.files import ClipFace  # noqa: E402
from core.frame import ClipReader  # noqa: E402
from core.job import Job  # noqa: E402
from core.picture import read_picture  # noqa: E402
from core.ply import read_ply  # noqa: E402
from core.render import (  # noqa: E402
    GREY,
    CameraView,
    Hits,
    MeshCaster,
    OrthographicView,
    orbit_view,
    shade,
    shade_pixels,
    vertex_normals,
)
from core.spaces import Crop  # noqa: E402
from core.texture.unwrap import hit_uv, sample  # noqa: E402

Picture = npt.NDArray[np.uint8]

SIZE = 320
# The picture's side against the head's height; and degrees about the head's own axis.
MARGIN, AZIMUTHS = 1.25, (0, 45, -45)


def main(arguments: list[str] | None = None) -> int:
    import cv2

    parser = argparse.ArgumentParser(description="The faces of finished jobs, close up.")
    parser.add_argument("jobs", type=Path, nargs="+", metavar="JOB")
    parser.add_argument("--output", type=Path, required=True, metavar="PICTURE")
    parser.add_argument("--frames", type=int, nargs="+", metavar="N", help="of every job")
    options = parser.parse_args(arguments)
    jobs = [Job.open(path) for path in options.jobs]
    rows = [np.hstack(list(tiles(job, number))) for job in jobs for number in options.frames or [surest(job)]]
    return int(not cv2.imwrite(str(options.output), np.vstack(rows)[..., ::-1]))


def surest(job: Job) -> int:
    """The frame that shows the face most surely."""
    face = ClipFace.read(job)
    if face is None or not face.belief.any():
        raise SystemExit(f"{job.folder} shows no face.")
    return int(face.frames[face.belief.argmax()])


def tiles(job: Job, number: int) -> Iterator[Picture]:
    """The pictures of one row, (SIZE, SIZE, 3) uint8 RGB."""
    import cv2

    character, reader = Character.load(job), ClipReader(job)
    vertices = character.vertices[int(np.flatnonzero(character.frames == number)[0])]
    model = BodyModel.load()
    head = vertices[model.of_parts("head") & model.exterior]
    pixels = reader.camera.project(head)
    low, high = pixels.min(axis=0), pixels.max(axis=0)
    crop = Crop(tuple((low + high) / 2), float((high - low).max()) * MARGIN)
    size = (SIZE, SIZE)
    yield cv2.warpAffine(reader.picture(number), crop.affine(SIZE), size).astype(np.uint8)
    through = CameraView(reader.camera, SIZE, SIZE, crop)
    caster, texture = MeshCaster(vertices, character.triangles), read_picture(job.character_texture_path)
    hits = caster.cast(through)
    if number in character.moving_texture:
        yield textured(hits, character, texture)
        texture = read_picture(character.moving_texture[number])
        yield textured(hits, character, texture)
    else:
        places, faces, _ = read_ply(job.mesh_path(number))
        yield shade(MeshCaster(places, faces).cast(through), vertex_normals(places, faces))
        normal_map = read_picture(job.character_normals_path)
        yield shade_pixels(hits, mapped_normals(hits, vertices, normal_map), np.array([GREY]))
    for azimuth in AZIMUTHS:
        yield textured(caster.cast(around(head, azimuth)), character, texture)


def around(head: npt.NDArray[np.floating], azimuth: float) -> OrthographicView:
    """A view of a head's vertices from in front of its face, so many degrees about its axis."""
    from core.evaluation.alignment import rigid_between

    model = BodyModel.load()
    rest = model.mean_vertices[model.of_parts("head") & model.exterior]
    turn = rigid_between(rest.astype(np.float64), head.astype(np.float64)).rotation
    middle = (head.min(axis=0) + head.max(axis=0)) / 2
    view = orbit_view(azimuth, np.zeros(3), float(np.ptp(rest[:, 1])) * MARGIN / 2, SIZE, SIZE)
    pose = np.eye(4)
    pose[:3, :3] = turn @ view.camera_to_world[:3, :3]
    pose[:3, 3] = middle + turn @ view.camera_to_world[:3, 3]
    return OrthographicView(pose, SIZE, SIZE, view.pixel_size)


def textured(hits: Hits, character: Character, texture: Picture) -> Picture:
    """The character in its texture's colours."""
    if character.uv is None or character.uv_triangles is None:
        raise SystemExit("The character has no texture coordinates.")
    colours = sample(texture, hit_uv(hits, character.uv, character.uv_triangles))
    return shade_pixels(hits, None, colours)


if __name__ == "__main__":
    raise SystemExit(main())
