"""Writes the result page: index.html with everything inline, and the meshes as script files beside it.

A page opened from disk may not fetch files, but it may load scripts; so each chunk of frames is a script that hands
its data to the viewer, and is loaded only when the viewer comes near its frames. There are two tracks: the frames' own
meshes, and the character, where the job has one.
"""

import base64
import html
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ..camera_file import read_still_world
from ..errors import RestageError
from ..job import Job, atomic_write
from ..parallel import raised, work_through, worker_count
from ..picture import jpeg_bytes, read_picture
from ..spaces import StillWorld
from .chunk import pack_steps
from .meshes import CharacterMeshes, ChunkWork, FrameMeshes, Meshes

# The character's frames share their faces and need a tenth of the space.
CHUNK_FRAMES, CHARACTER_CHUNK_FRAMES = 8, 24
CHARACTER_FILE = "character.js"
# Longest side of the texture on the page: what a phone's graphics memory holds with ease.
PAGE_TEXTURE = 2048
SOURCES = Path(__file__).parent


def write_page(job: Job) -> Path:
    """Write `index.html` and `page/` into the job folder; returns the page's path.

    Raises RestageError `frame_missing` when no frame is finished yet, `job_unreadable`.
    """
    finished = job.finished_frames()
    if not finished:
        raise RestageError(
            "frame_missing",
            f"{job.folder} has no finished frame to show. Run the reconstruction with --resume.",
        )
    folder = job.folder / "page"
    writer, world = _ChunkWriter(folder), read_still_world(job)
    workers = worker_count(job.record.settings.workers, len(finished))
    writer.add("frames", finished, CHUNK_FRAMES, partial(FrameMeshes, job), workers)
    manifest = _manifest(job, finished, world)
    if job.template_path.exists():
        _add_character(job, manifest, writer)
    else:
        (folder / CHARACTER_FILE).unlink(missing_ok=True)
    _remove_stale(folder, len(writer.chunks))
    manifest |= {"chunks": writer.chunks, "low": writer.low.tolist(), "high": writer.high.tolist()}
    with atomic_write(job.page_path) as stream:
        stream.write(_page(job.record.name, manifest).encode("utf-8"))
    return job.page_path


class _ChunkWriter:
    """Writes chunks of frames, and keeps what the viewer must know of them: chunks, and the box (3,) low, high, metres
    in the world that stands still, that holds every mesh."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.chunks: list[dict[str, Any]] = []
        self.low, self.high = np.full(3, np.inf), np.full(3, -np.inf)

    def add(self, track: str, numbers: list[int], count: int, prepare: Callable[[], Meshes], workers: int = 1) -> None:
        """Write the meshes of some frames, `count` to a chunk, as one track of the viewer. prepare: makes what gives
        them, in each of `workers` processes."""
        chosen = [numbers[start : start + count] for start in range(0, len(numbers), count)]
        before, entries = len(self.chunks), {}
        work = partial(ChunkWork, prepare, chosen)
        for index, chunk in raised(work_through(work, range(len(chosen)), min(workers, len(chosen)))):
            name = f"chunk_{before + index:03d}.js"
            with atomic_write(self.folder / name) as stream:
                stream.write(f'restageChunk({before + index}, "{chunk.data}");\n'.encode("ascii"))
            self.low, self.high = np.minimum(self.low, chunk.low), np.maximum(self.high, chunk.high)
            entries[index] = {"track": track, "file": f"page/{name}", "frames": chosen[index]}
            entries[index] |= {"low": chunk.low.tolist(), "step": chunk.step.tolist()}
        self.chunks += [entries[index] for index in range(len(chosen))]


def _add_character(job: Job, manifest: dict[str, Any], writer: _ChunkWriter) -> None:
    """The character's chunks, of the frames that are on the timeline, and one file with its texture and where every
    vertex lies in it: a page opened from disk may draw with no picture but one that a script brings."""
    meshes = CharacterMeshes(job)
    character, corners = meshes.character, meshes.corners
    shown = {int(number) for number in character.frames}
    numbers = [frame["number"] for frame in manifest["frames"] if frame["number"] in shown]
    writer.add("character", numbers, CHARACTER_CHUNK_FRAMES, lambda: meshes)
    if corners.uv is None or not character.texture.exists():
        return
    steps = np.rint(np.clip(corners.uv, 0.0, 1.0) * 65535).astype(np.uint16)
    pictures = [path for path in (character.texture, character.normals) if path.exists()]
    inline = "".join(f', "{_inline(path)}"' for path in pictures)
    with atomic_write(writer.folder / CHARACTER_FILE) as stream:
        stream.write(f'restageTexture("{pack_steps(steps)}"{inline});\n'.encode("ascii"))
    manifest["texture"] = f"page/{CHARACTER_FILE}"


def _inline(path: Path) -> str:
    """A picture as an address that a script may load wherever the page is opened from."""
    content = base64.b64encode(jpeg_bytes(read_picture(path), PAGE_TEXTURE)).decode("ascii")
    return f"data:image/jpeg;base64,{content}"


def _manifest(job: Job, finished: list[int], world: StillWorld) -> dict[str, Any]:
    """What the viewer needs to know besides the meshes; JSON values."""
    camera = world.camera
    shown = [number for number in sorted(job.record.frames) if finished[0] <= number <= finished[-1]]
    return {
        "name": job.record.name,
        "rate": float(job.record.clip["frame_rate"]),
        "frames": [
            {
                "number": number,
                "time": job.record.frames[number].time,
                "status": job.record.frames[number].status,
                "reason": job.record.frames[number].reason,
                "picture": _relative(job, job.picture_path(number)),
            }
            for number in shown
        ],
        "camera": {
            "focal": camera.focal,
            "centre": list(camera.centre),
            "size": [camera.width, camera.height],
            # Of every frame, or of all where the camera stands still.
            "toWorld": [world.camera_to_still(number).round(6).tolist() for number in shown]
            if world.moves
            else [np.asarray(camera.camera_to_world).tolist()],
        },
    }


def _relative(job: Job, path: Path) -> str | None:
    """Path below the job folder with forward slashes; None if the file is not there."""
    return path.relative_to(job.folder).as_posix() if path.exists() else None


def _page(name: str, manifest: dict[str, Any]) -> str:
    """The page's text. Nothing from the job can end the script or the title that it stands in."""
    data = json.dumps(manifest, ensure_ascii=True, separators=(",", ":")).replace("<", "\\u003c")
    page = (SOURCES / "page.html").read_text(encoding="utf-8")
    parts = {
        "TITLE": html.escape(name),
        "STYLE": (SOURCES / "style.css").read_text(encoding="utf-8"),
        "DATA": data,
        "SCRIPT": (SOURCES / "viewer.js").read_text(encoding="utf-8"),
    }
    # One pass: a name that looks like a placeholder stays text.
    pieces = page.split("@@")
    return "".join(parts[piece] if index % 2 else piece for index, piece in enumerate(pieces))


def _remove_stale(folder: Path, count: int) -> None:
    """Remove chunks that an earlier, longer page left behind."""
    for path in folder.glob("chunk_*.js"):
        if path.stem.removeprefix("chunk_").isdigit() and int(path.stem.removeprefix("chunk_")) >= count:
            path.unlink()
