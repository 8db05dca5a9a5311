"""A video that sets side by side the input, the frame's own mesh, the character, and the character in its colours from
all sides; and a sheet of the same for a few frames."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from ..character.files import Character
from ..character.normals import mapped_normals
from ..errors import RestageError
from ..events import Events, progress
from ..job import Job, remove_leftovers
from ..lock import LOCK_NAME, locked
from ..parallel import in_order, raised, work_through, worker_count
from ..person.cut import cut_picture
from ..picture import Picture, read_picture, write_jpeg
from ..ply import read_ply
from ..render import GREY, CameraView, Hits, MeshCaster, View, orbit_view, shade, shade_pixels, vertex_normals
from ..spaces import Array, Camera, Crop
from ..stages import is_complete, leaf_fingerprint
from ..texture.unwrap import hit_uv, sample
from .video import write_video

STAGE = "video"
TITLES = ("input", "mesh of the frame", "character", "in its colours", "other side", "left")
TILE = 320
# Rays are cast at this multiple of the tile's size and averaged, which smooths the edges.
OVERSAMPLING = 2
HEADER = 24
SHEET_FRAMES = 6
# A frame is drawn in a quarter of a second: another process pays for so many times more of them than usual.
QUICK = 4


def run_character_video(job: Job, events: Events) -> None:
    """The video as a stage of a run, which loses nothing by it: a machine that cannot encode it gets a warning."""
    try:
        character_video(job, events)
    except RestageError as error:
        if error.code != "encoder_missing":
            raise
        events.emit("warning", code=error.code, message=str(error))


def renew_character_video(folder: Path, events: Events) -> Path:
    """The video of a finished job, made unless it shows what is there; returns its path.

    Raises RestageError `character_missing`, `encoder_missing`, `job_busy`, and as Job.open does.
    """
    folder = Job.open(folder).folder
    with locked(folder / LOCK_NAME):
        job = Job.open(folder)
        made_from = leaf_fingerprint(job, STAGE)
        done = bool(made_from) and job.record.stages.get(STAGE) == made_from and is_complete(job, STAGE)
        events.emit("stage", stage=STAGE, index=1, count=1, skipped=done)
        if not done:
            remove_leftovers(job.preview_folder)
            character_video(job, events)
            if made_from:
                job.record.stages[STAGE] = made_from
                job.save()
    return job.character_video_path


def character_video(job: Job, events: Events) -> Path:
    """Write `preview/character.mp4` at the clip's rate; returns its path. Several frames are drawn at a time. Raises
    RestageError `character_missing`, `encoder_missing` and `picture_unreadable`."""
    frames = Character.load(job).frames
    rows = range(len(frames))
    workers = worker_count(job.record.settings.workers, len(rows) // QUICK)
    drawn = in_order(raised(work_through(partial(StripWork, job), rows, workers)), rows)
    step = float(np.median(np.diff(frames))) if len(frames) > 1 else 1.0
    rate = float(job.record.clip["frame_rate"]) / step
    return write_video(job.character_video_path, progress(drawn, events, STAGE, len(rows)), rate)


def character_sheet(job: Job, path: Path, rows: Sequence[int] | None = None) -> Path:
    """Write a JPEG with a line for each of some frames, rows of frames.npy (default: evenly spread)."""
    draw = StripWork(job)
    last = len(draw.character.frames) - 1
    chosen = rows or np.unique(np.linspace(0, last, SHEET_FRAMES).round().astype(int)).tolist()
    write_jpeg(path, np.concatenate([_header(), *(draw(row)[HEADER:] for row in chosen)]))
    return path


class StripWork:
    """Draws the pictures of single frames of a job."""

    def __init__(self, job: Job) -> None:
        self.character = Character.load(job)
        self._job, self._camera, self._crops = job, job.camera(), job.crops()
        spans = [float(np.linalg.norm(np.ptp(vertices, axis=0))) for vertices in self.character.vertices]
        normals = self.character.normals
        self._normals = read_picture(normals) if normals.exists() else None
        texture = self.character.texture
        self._texture = read_picture(texture) if texture.exists() else None
        self._radius = max(spans, default=2.0) / 2

    def __call__(self, row: int) -> Picture:
        """All tiles of a row of frames.npy side by side, (HEADER + TILE, TILE * 6, 3)."""
        return np.concatenate([_header(), np.concatenate(list(self._tiles(row)), axis=1)])

    def _tiles(self, row: int) -> Iterator[Picture]:
        number = int(self.character.frames[row])
        crop = self._crops[number]
        yield _small(cut_picture(read_picture(self._job.picture_path(number)), crop))
        through_camera = _through(self._camera, crop)
        path = self._job.mesh_path(number)
        if path.exists():
            vertices, faces, _ = read_ply(path)
            hits = MeshCaster(vertices, faces).cast(through_camera)
            yield _small(shade(hits, vertex_normals(vertices, faces)))
        else:
            yield np.full((TILE, TILE, 3), 255, np.uint8)
        vertices = self.character.vertices[row]
        centre = (vertices.min(axis=0) + vertices.max(axis=0)) / 2
        size = TILE * OVERSAMPLING
        around = [orbit_view(azimuth, centre, self._radius, size, size) for azimuth in (180.0, 90.0)]
        caster = MeshCaster(vertices, self.character.triangles)
        hits = caster.cast(through_camera)
        yield _small(self._character(vertices, hits))
        for shown in (hits, *(caster.cast(view) for view in around)):
            yield _small(self._in_colours(number, vertices, shown))

    def _character(self, vertices: Array, hits: Hits) -> Picture:
        if self._normals is None:
            return shade(hits, vertex_normals(vertices, self.character.triangles))
        return shade_pixels(hits, mapped_normals(hits, vertices, self._normals), np.array([GREY]))

    def _in_colours(self, number: int, vertices: Array, hits: Hits) -> Picture:
        uv, uv_triangles = self.character.uv, self.character.uv_triangles
        if self._texture is None or uv is None or uv_triangles is None:
            return self._character(vertices, hits)
        moving = self.character.moving_texture.get(number)
        texture = self._texture if moving is None else read_picture(moving)
        colours = sample(texture, hit_uv(hits, uv, uv_triangles))
        return shade_pixels(hits, None, colours)


def _through(camera: Camera, crop: Crop) -> View:
    return CameraView(camera, TILE * OVERSAMPLING, TILE * OVERSAMPLING, crop)


def _small(picture: Picture) -> Picture:
    import cv2

    return cv2.resize(picture, (TILE, TILE), interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)


def _header() -> Picture:
    import cv2

    header = np.full((HEADER, TILE * len(TITLES), 3), 255, np.uint8)
    for index, name in enumerate(TITLES):
        at = (index * TILE + 6, HEADER - 7)
        cv2.putText(header, name, at, cv2.FONT_HERSHEY_SIMPLEX, 0.5, (60, 60, 60), 1, cv2.LINE_AA)
    return header
