"""The character on disk: one mesh that moves, its skeleton, its texture. docs/job-folder.md describes every file.

Standard library and numpy only: exporters and Blender read through this module.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..arrays import read_npy, read_npz
from ..errors import RestageError
from ..job import Job, atomic_write
from ..rows import FrameRows, write_npy

Float = npt.NDArray[np.float32]
Int = npt.NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Skeleton:
    """B bones, parents before children, and how they move V vertices and F frames.

    names: (B,) str; parents: (B,) index, -1 for the root; heads, tails: (B, 3) metres in the rest pose;
    weights_index, weights: (V, K) the bones of each vertex and their shares; rotations: (F, B, 3) axis-angle of every
    bone against its rest pose, in the rest pose's world axes; translation: (F, 3) world place of the root's head,
    metres; scale: of the body model, already applied to all lengths.
    """

    names: npt.NDArray[np.str_]
    parents: Int
    heads: Float
    tails: Float
    weights_index: Int
    weights: Float
    rotations: Float
    translation: Float
    scale: float


@dataclass(frozen=True, eq=False)
class Character:
    """One person of one topology: V vertices, T triangles, F frames.

    positions: (V, 3) the clothed person in the rest pose, metres; triangles: (T, 3), counter-clockwise from outside;
    uv: (V', 2) texture coordinates 0-1, v up, and uv_triangles: (T, 3) their index for every corner, None where the
    character has no atlas; frames: (F,) numbers in the clip; vertices: (F, V, 3) world metres, rows
    that are read when they are asked for; texture, normals: the picture and the normal map (tangent space, +Y up) for
    uv, which may not be there; moving_texture: the picture of every frame, by its number, or of none.
    """

    positions: Float
    triangles: Int
    uv: Float | None
    uv_triangles: Int | None
    frames: Int
    vertices: FrameRows
    skeleton: Skeleton
    texture: Path
    normals: Path
    moving_texture: dict[int, Path]

    @classmethod
    def load(cls, job: Job) -> "Character":
        """Read a job's character. Raises RestageError `character_missing` where it has none, or a damaged one."""
        if not job.template_path.exists():
            raise RestageError(
                "character_missing",
                f"{job.folder} has no character. Run the reconstruction again with Character switched on, without"
                " --no-character; it goes on from what is there.",
            )
        try:
            template = read_npz(job.template_path)
            skeleton: dict[str, Any] = read_npz(job.skeleton_path, *(field.name for field in fields(Skeleton)))
            skeleton["scale"] = float(skeleton["scale"])
            frames = read_npy(job.character_frames_path)
            vertices = FrameRows.open_npy(job.character_vertices_path)
            if vertices.shape != (len(frames), *template["positions"].shape):
                raise ValueError(f"{len(frames)} frames and vertices of the shape {vertices.shape} do not fit together")
            _check(template, skeleton, len(frames))
            moving = {int(number): job.moving_texture_path(int(number)) for number in frames}
            return cls(
                positions=template["positions"],
                triangles=template["triangles"],
                uv=template.get("uv"),
                uv_triangles=template.get("uv_triangles"),
                frames=frames,
                vertices=vertices,
                skeleton=Skeleton(**skeleton),
                texture=job.character_texture_path,
                normals=job.character_normals_path,
                moving_texture=moving if all(path.exists() for path in moving.values()) else {},
            )
        except (OSError, ValueError, KeyError, TypeError, EOFError) as error:
            raise RestageError(
                "character_missing",
                f"{job.folder} has no character that can be read ({type(error).__name__}: {error}). Run the"
                " reconstruction again, without --no-character.",
            ) from error


def _check(template: dict[str, np.ndarray], skeleton: dict[str, Any], frames: int) -> None:
    """Raise ValueError for arrays that would lead Blender or an exporter outside of them."""
    vertices, bones = len(template["positions"]), len(skeleton["names"])
    shapes = {
        "positions": (template["positions"], (vertices, 3)),
        "triangles": (template["triangles"], (len(template["triangles"]), 3)),
        "heads": (skeleton["heads"], (bones, 3)),
        "tails": (skeleton["tails"], (bones, 3)),
        "weights": (skeleton["weights"], (vertices, skeleton["weights_index"].shape[-1])),
        "weights_index": (skeleton["weights_index"], (vertices, skeleton["weights"].shape[-1])),
        "rotations": (skeleton["rotations"], (frames, bones, 3)),
        "translation": (skeleton["translation"], (frames, 3)),
    }
    for name, (array, shape) in shapes.items():
        if array.shape != shape:
            raise ValueError(f"{name} has the shape {array.shape} instead of {shape}")
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise ValueError(f"{name} holds a number that is none")
    indices = [("triangles", template["triangles"], vertices), ("weights_index", skeleton["weights_index"], bones)]
    if template.get("uv") is not None and template.get("uv_triangles") is not None:
        if template["uv_triangles"].shape != template["triangles"].shape:
            raise ValueError("uv_triangles does not fit the triangles")
        indices.append(("uv_triangles", template["uv_triangles"], len(template["uv"])))
    for name, array, count in indices:
        if array.dtype.kind not in "iu" or (array.size and (array.min() < 0 or array.max() >= count)):
            raise ValueError(f"{name} names something that does not exist")
    parents = skeleton["parents"]
    if parents.shape != (bones,) or (parents >= np.arange(bones)).any() or (parents < -1).any():
        raise ValueError("parents do not come before their children")


def write_character(
    job: Job, template: dict[str, np.ndarray], frames: Int, vertices: Iterable[Float], skeleton: Skeleton
) -> None:
    """Write everything but the texture, each file atomically; template: the arrays of template.npz; vertices: (V, 3)
    world metres of one frame after the other."""
    with atomic_write(job.character_vertices_path) as stream:
        write_npy(stream, (len(frames), *template["positions"].shape), vertices)
    with atomic_write(job.character_frames_path) as stream:
        np.save(stream, frames)
    with atomic_write(job.skeleton_path) as stream:
        np.savez(stream, **asdict(skeleton))
    # Last: a folder with a template is complete.
    with atomic_write(job.template_path) as stream:
        np.savez(stream, **template)
