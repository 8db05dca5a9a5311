"""The person as files for other programs, animated, by Blender's own exporters."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import bpy

from ..core.errors import RestageError
from ..core.job import Job
from . import export_glb
from .carry import keep_controls, keep_place
from .contents import remove_objects
from .convert import frame_meshes, parts_of
from .export_cache import write_cache
from .export_tracks import as_one_track
from .formats import lack
from .frame_table import FrameTable
from .moving_texture import still_textures
from .packed import add_packed
from .paths import resolved_path
from .picture import without_pictures
from .playback import has_controls
from .proxies import without_proxies
from .record import write_record
from .sequence import frame_table
from .writing import INSTEAD, writing

ENDINGS = {"USD": ".usdc", "ALEMBIC": ".abc", "GLB": ".glb", "OBJ": "", "PLY": "", "MDD": "", "PC2": ""}


def export_sequence(scene: bpy.types.Scene, item: bpy.types.Object, path: Path, kind: str) -> None:
    """Write the person that `item` carries, over the scene's frame range, as it plays: retimed, moved, held.

    kind: USD, ALEMBIC or GLB for one animated file, OBJ or PLY for a folder with a file for every frame, MDD or PC2 for
    a folder with the character and its point cache. The scene must be the open one. Raises RestageError
    `exporter_missing`, `nothing_to_export`, `cache_needs_character`, `export_failed`, and what `writing` raises.
    """
    _check(kind)
    current, before = scene.frame_current, _changed(path)
    try:
        materials = [slot.material for part in parts_of(item) for slot in part.material_slots if slot.material]
        with (
            writing(path),
            without_pictures(frame_meshes(item).values()),
            still_textures(materials),
            without_proxies([item]),
            _one_object(item) as items,
        ):
            path.parent.mkdir(parents=True, exist_ok=True)
            WRITERS[kind](scene, items, path)
    finally:
        scene.frame_set(current)
    # The exporter of Alembic fails without a word.
    if ENDINGS[kind] and _changed(path) == before:
        raise RestageError("export_failed", f"Blender wrote nothing to {path}. {INSTEAD}")


@contextmanager
def selected(items: list[bpy.types.Object]) -> Iterator[None]:
    """Select these objects alone, which is what exporters write, and select afterwards what was selected before."""
    layer = bpy.context.view_layer
    before, active = [other for other in layer.objects if other.select_get()], layer.objects.active
    for other in before:
        other.select_set(False)
    try:
        for item in items:
            item.select_set(True)
        layer.objects.active = items[0]
        yield
    finally:
        for item in items:
            item.select_set(False)
        for other in before:
            other.select_set(True)
        layer.objects.active = active


@contextmanager
def _one_object(item: bpy.types.Object) -> Iterator[list[bpy.types.Object]]:
    """The objects that carry the person. Objects that take turns are one object as long as this lasts, since other
    programs would read them as so many tracks."""
    if item.restage.mode != "objects":
        yield parts_of(item)
        return
    meshes = frame_meshes(item)
    collection = item.users_collection[0]
    packed = add_packed(item.name, item.restage.job, meshes, FrameTable.of(meshes, _gaps(item)), collection)
    write_record(packed, item.restage.job, "packed")
    keep_place(item, packed)
    keep_controls(item, packed)
    try:
        yield [packed]
    finally:
        remove_objects([packed])


def _gaps(item: bpy.types.Object) -> list[int]:
    """The clip's frames without a person; none where the job is gone, which says them."""
    try:
        return frame_table(Job.open(resolved_path(item.restage.job))).gaps
    except RestageError:
        return []


def _changed(path: Path) -> int:
    """When a file was written last, in nanoseconds; 0 where there is none."""
    return path.stat().st_mtime_ns if path.is_file() else 0


def _check(kind: str) -> None:
    if missing := lack(kind):
        raise RestageError("exporter_missing", f"{missing}. Choose another format.")


def _write_usd(scene: bpy.types.Scene, items: list[bpy.types.Object], path: Path) -> None:
    with as_one_track(items), selected(items):
        bpy.ops.wm.usd_export(filepath=str(path), selected_objects_only=True, export_animation=True)


def _write_alembic(scene: bpy.types.Scene, items: list[bpy.types.Object], path: Path) -> None:
    with as_one_track(items, alembic=True), selected(items):
        start, end = scene.frame_start, scene.frame_end
        bpy.ops.wm.alembic_export(
            filepath=str(path), selected=True, start=start, end=end, as_background_job=False, vcolors=True
        )


def _write_obj(scene: bpy.types.Scene, items: list[bpy.types.Object], path: Path) -> None:
    path.mkdir(exist_ok=True)
    with selected(items):
        for frame, file in _files(scene, path, "obj"):
            scene.frame_set(frame)
            bpy.ops.wm.obj_export(filepath=str(file), export_selected_objects=True, export_colors=True)


def _write_ply(scene: bpy.types.Scene, items: list[bpy.types.Object], path: Path) -> None:
    path.mkdir(exist_ok=True)
    with selected(items):
        for frame, file in _files(scene, path, "ply"):
            scene.frame_set(frame)
            # The axes of OBJ and of the job's own files. Not triangulated: Blender would split the character's quads
            # anew at every frame, and its topology would change.
            bpy.ops.wm.ply_export(
                filepath=str(file),
                export_selected_objects=True,
                forward_axis="NEGATIVE_Z",
                up_axis="Y",
            )


def _files(scene: bpy.types.Scene, folder: Path, ending: str) -> Iterator[tuple[int, Path]]:
    """The scene's frames, and the file for each."""
    for frame in range(scene.frame_start, scene.frame_end + 1):
        yield frame, folder / f"{frame:06d}.{ending}"


def _write_glb(scene: bpy.types.Scene, items: list[bpy.types.Object], path: Path) -> None:
    # The motion of bones that were retimed is in no action.
    whole_scene = items[0].type == "ARMATURE" and has_controls(items[0])
    with export_glb.playable(scene, items) as doubles, selected(doubles):
        bpy.ops.export_scene.gltf(
            filepath=str(path),
            use_selection=True,
            export_animation_mode="SCENE" if whole_scene else "ACTIVE_ACTIONS",
            export_force_sampling=items[0].type == "ARMATURE",
            export_frame_range=items[0].type == "ARMATURE",
            export_morph_normal=False,
        )


def _write_cache(kind: str, scene: bpy.types.Scene, items: list[bpy.types.Object], path: Path) -> None:
    with selected(items):
        write_cache(scene, items, path, kind)


WRITERS: dict[str, Callable[[bpy.types.Scene, list[bpy.types.Object], Path], None]] = {
    "USD": _write_usd,
    "ALEMBIC": _write_alembic,
    "GLB": _write_glb,
    "OBJ": _write_obj,
    "PLY": _write_ply,
    "MDD": partial(_write_cache, "MDD"),
    "PC2": partial(_write_cache, "PC2"),
}
