"""The character for programs that move a mesh by a point cache: an OBJ, and MDD or PC2 beside it."""

from collections.abc import Iterator
from pathlib import Path

import bpy
import numpy as np
import numpy.typing as npt

from ..core.errors import RestageError
from ..core.point_cache import write_mdd, write_pc2
from .axes import points_to_job

Points = npt.NDArray[np.float32]


def write_cache(scene: bpy.types.Scene, items: list[bpy.types.Object], folder: Path, kind: str) -> None:
    """Write `NAME.obj`, the character as the scene's first frame shows it, and `NAME.mdd` or `NAME.pc2`, the places of
    its vertices in the same order at every frame of the range: metres, +Y up, both alike; NAME is the folder's.

    kind: MDD, with the frames' seconds from the first, or PC2, with the number of the first. The character must be
    selected. Raises RestageError `cache_needs_character`.
    """
    item = next(item for item in items if item.type == "MESH")
    if not items[0].restage.mode.startswith("character"):
        raise RestageError(
            "cache_needs_character",
            f"{kind} moves one mesh, and {items[0].name} has another one at every frame. Convert it to a character "
            "in the panel Sequence, or choose another format.",
        )
    folder.mkdir(exist_ok=True)
    frames = np.arange(scene.frame_start, scene.frame_end + 1)
    scene.frame_set(int(frames[0]))
    bpy.ops.wm.obj_export(filepath=str(folder / f"{folder.name}.obj"), export_selected_objects=True, path_mode="COPY")
    path, count = folder / f"{folder.name}.{kind.lower()}", len(_points(item))
    if kind == "PC2":
        write_pc2(path, count, len(frames), float(frames[0]), _shapes(scene, item, frames))
    else:
        seconds = (frames - frames[0]) * scene.render.fps_base / scene.render.fps
        write_mdd(path, count, seconds, _shapes(scene, item, frames))


def _shapes(scene: bpy.types.Scene, item: bpy.types.Object, frames: npt.NDArray[np.integer]) -> Iterator[Points]:
    for frame in frames:
        scene.frame_set(int(frame))
        yield _points(item)


def _points(item: bpy.types.Object) -> Points:
    """(V, 3) where the vertices of an object are now, with all modifiers, in the axes of the job."""
    evaluated = item.evaluated_get(bpy.context.evaluated_depsgraph_get())
    local = np.empty((len(evaluated.data.vertices), 3), np.float32)
    evaluated.data.vertices.foreach_get("co", local.ravel())
    placed = np.array(evaluated.matrix_world)
    return points_to_job(local @ placed[:3, :3].T + placed[:3, 3])
