"""Sequences of files, one a frame: the frames' own meshes and the character, as OBJ or PLY."""

import csv
import io
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..camera_file import read_still_world
from ..character.corners import split_corners
from ..character.files import Character
from ..errors import RestageError
from ..events import Events, progress
from ..job import Job, atomic_write
from ..ply import read_ply, write_ply
from ..quads import face_corners

MATERIAL, TEXTURE = "character.mtl", "texture.png"
WHITE = 255

Array = npt.NDArray[np.floating]
Int = npt.NDArray[np.integer]
Picture = npt.NDArray[np.uint8]


def export_obj(job: Job, folder: Path, events: Events) -> Path:
    """Write `frames/000123.obj`, with a colour behind each vertex, and `character/000123.obj` with its texture, metres
    in the world that stands still, +Y up; and `times.csv`, the seconds of every frame in the clip. Returns the folder.

    Raises RestageError `frame_missing` where there is neither, `job_unreadable`.
    """

    def frame(path: Path, vertices: Array, faces: Int, colours: Picture) -> None:
        write_obj(path, vertices, faces, colours / 255.0)

    def character_writer(character: Character, target: Path) -> Callable[[Array, Path], None]:
        write_material(target, character)

        def write(vertices: Array, path: Path) -> None:
            write_textured(path, vertices, character)

        return write

    return _export(job, folder, "obj", frame, character_writer, events)


def export_ply(job: Job, folder: Path, events: Events) -> Path:
    """As export_obj, but PLY files; the character has its texture's colours at its vertices."""

    def character_writer(character: Character, _target: Path) -> Callable[[Array, Path], None]:
        colours = vertex_colours(character)

        def write(vertices: Array, path: Path) -> None:
            write_ply(path, vertices, character.triangles, colours)

        return write

    return _export(job, folder, "ply", write_ply, character_writer, events)


def vertex_colours(character: Character) -> Picture:
    """(V, 3) what the texture shows at the character's vertices; white without a texture."""
    from ..picture import read_picture
    from ..texture.unwrap import sample

    if character.uv is None or not character.texture.exists():
        return np.full(character.positions.shape, WHITE, np.uint8)
    corners = split_corners(character.triangles, character.uv, character.uv_triangles)
    assert corners.uv is not None
    colours = np.empty(character.positions.shape, np.uint8)
    colours[corners.vertices] = np.clip(sample(read_picture(character.texture), corners.uv) + 0.5, 0, 255)
    return colours


def write_obj(path: Path, vertices: Array, faces: Int, colours: Array | None = None) -> None:
    """Wavefront OBJ of vertices (V, 3) and faces (T, 3) or (Q, 4); colours (V, 3) 0-1 follow each vertex's
    coordinates."""
    values = vertices if colours is None else np.concatenate([vertices, colours], axis=1)
    with atomic_write(path) as stream:
        np.savetxt(stream, values, fmt="v" + " %.6f" * values.shape[1])
        np.savetxt(stream, faces + 1, fmt="f" + " %d" * faces.shape[1])


def write_material(folder: Path, character: Character) -> None:
    """Write the character's texture and the material that write_textured's files name, if there is a texture."""
    if character.texture.exists():
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(character.texture, folder / TEXTURE)
        with atomic_write(folder / MATERIAL) as stream:
            stream.write(f"newmtl person\nKd 1 1 1\nKs 0 0 0\nmap_Kd {TEXTURE}\n".encode())


def write_textured(path: Path, vertices: Array, character: Character) -> None:
    """Wavefront OBJ of the character with its vertices (V, 3) at other places, in quads as the body model is; beside it
    belongs write_material's."""
    corners = face_corners(character.triangles, character.uv_triangles)
    faces = character.triangles.ravel()[corners]
    if character.uv is None or character.uv_triangles is None:
        write_obj(path, vertices, faces)
        return
    numbers = np.stack([faces, character.uv_triangles.ravel()[corners]], axis=2).reshape(len(faces), -1) + 1
    with atomic_write(path) as stream:
        stream.write(f"mtllib {MATERIAL}\nusemtl person\n".encode())
        np.savetxt(stream, vertices, fmt="v %.6f %.6f %.6f")
        np.savetxt(stream, character.uv, fmt="vt %.6f %.6f")
        np.savetxt(stream, numbers, fmt="f" + " %d/%d" * faces.shape[1])


def _export(
    job: Job,
    folder: Path,
    ending: str,
    write_frame: Callable[[Path, Array, Int, Picture], None],
    character_writer: Callable[[Character, Path], Callable[[Array, Path], None]],
    events: Events,
) -> Path:
    numbers = job.finished_frames()
    character = Character.load(job) if job.template_path.exists() else None
    if not numbers and character is None:
        raise RestageError(
            "frame_missing", f"{job.folder} has no finished frame to export. Run the reconstruction with --resume."
        )
    world = read_still_world(job)

    def frame(number: int, path: Path) -> None:
        vertices, faces, colours = read_ply(job.mesh_path(number))
        write_frame(path, world.from_world(vertices, number), faces, colours)

    work = [partial(frame, number, folder / "frames" / f"{number:06d}.{ending}") for number in numbers]
    shown = set(numbers)
    if character is not None:
        write, vertices = character_writer(character, folder / "character"), character.vertices

        def moved(row: int, number: int, path: Path) -> None:
            write(world.from_world(vertices[row], number), path)

        for row, number in enumerate(character.frames.tolist()):
            work.append(partial(moved, row, number, folder / "character" / f"{number:06d}.{ending}"))
            shown.add(number)
    for step in progress(work, events, "export"):
        step()
    _write_times(job, sorted(shown), folder / "times.csv")
    return folder


def _write_times(job: Job, numbers: list[int], path: Path) -> None:
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["frame", "seconds"])
    table.writerows([number, f"{job.record.frames[number].time:.6f}"] for number in numbers)
    with atomic_write(path) as stream:
        stream.write(text.getvalue().encode())
