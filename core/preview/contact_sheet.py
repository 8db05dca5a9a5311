"""The contact sheet: one row a frame, from the input picture to the textured mesh from all sides."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from ..arrays import BODY, read_arrays
from ..errors import ExitCode, RestageError
from ..job import Job, atomic_write
from ..person.cut import cut_picture
from ..picture import Picture, png_bytes, read_picture
from ..ply import read_ply
from ..props.files import person_mask
from ..render import CameraView, Hits, MeshCaster, orbit_view, shade, silhouette, vertex_normals
from ..spaces import CROP_SIZE, Array, Camera, Crop

TILE = 256
# Rays are cast at this multiple of the tile's size and averaged, which smooths the edges.
OVERSAMPLING = 2
HEADER = 24
LARGEST_FILE = 2_000_000
COLUMNS = (
    "input", "mask", "body", "textured", "front", "side", "back", "textured side", "textured back",
)  # fmt: skip
MASK_COLOUR = (40, 200, 90)
BODY_COLOUR = (90, 160, 255)
LANDMARK_COLOUR = (255, 210, 0)


def choose_frames(job: Job, count: int = 6) -> list[int]:
    """Up to `count` finished frames, spread evenly from the first to the last."""
    finished = job.finished_frames()
    if len(finished) <= count:
        return finished
    return [finished[round(i)] for i in np.linspace(0, len(finished) - 1, count)]


def contact_sheet(job: Job, numbers: Sequence[int] | None = None, path: Path | None = None) -> Path:
    """Write the sheet of the given frames (default: six over the clip) as PNG, below 2 MB; returns its path.

    Raises RestageError `frame_missing` when there is no finished frame, or one that was asked for has no mesh.
    """
    numbers = list(numbers) if numbers is not None else choose_frames(job)
    finished = job.finished_frames()
    missing = sorted(set(numbers) - set(finished))
    if missing or not numbers:
        have = f"finished are {finished[0]} to {finished[-1]}" if finished else "no frame is finished yet"
        raise RestageError(
            "frame_missing",
            f"The sheet needs frames with a mesh; {', '.join(map(str, missing)) or 'none'} cannot be shown ({have})."
            " Choose other frames or run the reconstruction with --resume.",
            ExitCode.BAD_ARGUMENTS,
        )
    path = path or job.preview_folder / "contact_sheet.png"
    radius = max(_bounds(read_ply(job.mesh_path(number))[0])[1] for number in numbers)
    rows = [np.concatenate(list(_tiles(job, number, radius)), axis=1) for number in numbers]
    sheet = np.concatenate([_header(), *rows], axis=0)
    with atomic_write(path) as stream:
        stream.write(_small_png(sheet))
    return path


def _tiles(job: Job, number: int, radius: float) -> Iterator[Picture]:
    """The nine tiles of one frame, in the order of COLUMNS."""
    camera, crop = job.camera(), job.crops()[number]
    picture = cut_picture(read_picture(job.picture_path(number)), crop)
    mask = cut_picture(np.where(person_mask(job, number) > 127, 255, 0).astype(np.uint8), crop)
    yield _tile(picture, f"{number}")
    yield _tile(_mask_overlay(picture, mask))
    yield _tile(_body_overlay(job, number, picture, camera, crop))

    vertices, faces, colours = read_ply(job.mesh_path(number))
    normals = vertex_normals(vertices, faces)
    caster = MeshCaster(vertices, faces)
    size = TILE * OVERSAMPLING
    centre = _bounds(vertices)[0]
    front = caster.cast(CameraView(camera, size, size, crop))
    side, back = (caster.cast(orbit_view(azimuth, centre, radius, size, size)) for azimuth in (90.0, 180.0))
    yield _tile(shade(front, colours=colours))
    for hits in (front, side, back):
        yield _tile(shade(hits, normals))
    for hits in (side, back):
        yield _tile(shade(hits, colours=colours))


def _mask_overlay(picture: Picture, mask: Picture) -> Picture:
    """The mask as a tint with an outline."""
    import cv2

    inside = mask > 127
    result = picture.copy()
    result[inside] = (0.6 * result[inside] + 0.4 * np.array(MASK_COLOUR)).astype(np.uint8)
    outlines = cv2.findContours(inside.astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)[0]
    return cv2.drawContours(result, outlines, -1, MASK_COLOUR, 2).astype(np.uint8)


def _body_overlay(job: Job, number: int, picture: Picture, camera: Camera, crop: Crop) -> Picture:
    """The fitted body, shaded, over the picture, and its landmarks as dots where it has some."""
    import cv2

    from ..body.stage import body_landmarks, posed_body
    from ..pamir.smpl_file import read_smpl

    smpl = read_smpl(job, number)
    vertices, faces = (smpl.vertices, smpl.faces) if smpl else posed_body(job, number)
    hits: Hits = MeshCaster(vertices, faces).render(camera, CROP_SIZE, CROP_SIZE, crop)
    seen = silhouette(hits)
    tint = np.tile(np.array(BODY_COLOUR, np.uint8), (len(vertices), 1))
    body = shade(hits, vertex_normals(vertices, faces), tint)
    result = picture.copy()
    result[seen] = (0.35 * picture[seen] + 0.65 * body[seen]).astype(np.uint8)
    landmarks, exists = body_landmarks(job)
    frames = read_arrays(job.body_path, BODY, "frames")["frames"]
    shown = landmarks[int(np.searchsorted(frames, number)), exists]
    shown = shown[np.isfinite(shown).all(axis=1)] if smpl is None else shown[:0]
    for x, y in np.rint(crop.from_image(camera.project(shown))).astype(int):
        cv2.circle(result, (int(x), int(y)), 2, LANDMARK_COLOUR, -1, cv2.LINE_AA)
    return result


def _tile(picture: Picture, label: str = "") -> Picture:
    """A picture scaled to one tile, with an optional small label in its corner."""
    import cv2

    tile = cv2.resize(picture, (TILE, TILE), interpolation=cv2.INTER_AREA)
    if label:
        for colour, thickness in (((0, 0, 0), 3), ((255, 255, 255), 1)):
            cv2.putText(tile, label, (6, 18), cv2.FONT_HERSHEY_SIMPLEX, 0.5, colour, thickness, cv2.LINE_AA)
    return tile.astype(np.uint8, copy=False)


def _header() -> Picture:
    """The columns' names."""
    import cv2

    header = np.full((HEADER, TILE * len(COLUMNS), 3), 255, np.uint8)
    for index, name in enumerate(COLUMNS):
        at = (index * TILE + 6, HEADER - 7)
        cv2.putText(header, name, at, cv2.FONT_HERSHEY_SIMPLEX, 0.5, (60, 60, 60), 1, cv2.LINE_AA)
    return header


def _bounds(vertices: Array) -> tuple[Array, float]:
    """Centre (3,) of the box around the vertices, and the radius in metres of the sphere around that box."""
    low, high = vertices.min(axis=0), vertices.max(axis=0)
    return (low + high) / 2, float(np.linalg.norm(high - low)) / 2


def _small_png(sheet: Picture) -> bytes:
    """The sheet as PNG, scaled down as far as it takes to stay below LARGEST_FILE."""
    import cv2

    content = png_bytes(sheet)
    while len(content) > LARGEST_FILE:
        scale = 0.97 * (LARGEST_FILE / len(content)) ** 0.5
        size = (int(sheet.shape[1] * scale), int(sheet.shape[0] * scale))
        sheet = cv2.resize(sheet, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
        content = png_bytes(sheet)
    return content
