"""Writes the result page: index.html with everything inline, and the meshes as script files beside it.

A page opened from disk may not fetch files, but it may load scripts; so each chunk of frames is a script that hands
its data to the viewer, and is loaded only when the viewer comes near its frames.
"""

import html
import json
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import RestageError
from ..job import Job, atomic_write
from ..ply import read_ply
from .chunk import PageMesh, pack_chunk, reduce_mesh

CHUNK_FRAMES = 8
SOURCES = Path(__file__).parent


def write_page(job: Job) -> Path:
    """Write `index.html` and `page/` into the job folder; returns the page's path.

    Raises RestageError `frame_missing` when no frame is finished yet.
    """
    finished = job.finished_frames()
    if not finished:
        raise RestageError(
            "frame_missing",
            f"{job.folder} has no finished frame to show. Run the reconstruction with --resume.",
        )
    folder = job.folder / "page"
    chunks = []
    low, high = np.full(3, np.inf), np.full(3, -np.inf)
    for start in range(0, len(finished), CHUNK_FRAMES):
        numbers = finished[start : start + CHUNK_FRAMES]
        meshes = [reduce_mesh(PageMesh(*read_ply(job.mesh_path(number)))) for number in numbers]
        low = np.min([low, *(mesh.vertices.min(axis=0) for mesh in meshes)], axis=0)
        high = np.max([high, *(mesh.vertices.max(axis=0) for mesh in meshes)], axis=0)
        data, corner, step = pack_chunk(meshes)
        name = f"chunk_{len(chunks):03d}.js"
        with atomic_write(folder / name) as stream:
            stream.write(f'restageChunk({len(chunks)}, "{data}");\n'.encode("ascii"))
        chunks.append({"file": f"page/{name}", "frames": numbers, "low": corner, "step": step})
    _remove_stale(folder, len(chunks))
    manifest = _manifest(job, finished) | {"chunks": chunks, "low": low.tolist(), "high": high.tolist()}
    with atomic_write(job.page_path) as stream:
        stream.write(_page(job.record.name, manifest).encode("utf-8"))
    return job.page_path


def _manifest(job: Job, finished: list[int]) -> dict[str, Any]:
    """What the viewer needs to know besides the meshes; JSON values."""
    camera = job.camera()
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
            "toWorld": np.asarray(camera.camera_to_world).tolist(),
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
