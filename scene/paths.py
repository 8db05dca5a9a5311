"""Paths that a .blend keeps: relative to it where it has a name, so that it can move together with its jobs."""

import functools
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import bpy
from bpy.app.handlers import persistent

from . import compat
from .playback import modifier_of
from .record import has_record
from .streamed import FOLDER

# Paths among a scene's settings.
SETTINGS = ("job", "clip", "output", "masks")

# While paths are written in another way, and mean the same files as before.
moving = False


def stored_path(path: Path, blend: str) -> str:
    """A path as the file `blend` should keep it: relative to it, if it has a name."""
    if not blend:
        return str(path)
    try:
        return bpy.path.relpath(str(path), start=str(Path(blend).parent))
    except ValueError:  # Windows has no relative path from one drive to another.
        return str(path)


def resolved_path(text: str, blend: str = "") -> Path:
    """The absolute path of one that the file `blend` keeps; without it, the open file."""
    start = str(Path(blend).parent) if blend else None
    return Path(os.path.normpath(bpy.path.abspath(text, start=start)))


def move_paths(before: str, after: str) -> None:
    """Store every path of ours relative to the file `after`, where it was relative to the file `before`.

    Blender does so itself for the pictures of cameras and materials, but not for what extensions store.
    """
    global moving
    moving = True
    try:
        for path, store in _stored_paths():
            if path:
                store(stored_path(resolved_path(path, before), after))
    finally:
        moving = False


def make_paths_relative(blend: Path) -> None:
    """Store jobs and pictures relative to the .blend that the open file is about to be saved as."""
    for image in bpy.data.images:
        if image.source in {"SEQUENCE", "FILE"} and image.filepath:
            image.filepath = stored_path(resolved_path(image.filepath), str(blend))


def _stored_paths() -> Iterator[tuple[str, Callable[[str], None]]]:
    """Every path that the open file keeps for us, and how to put another in its place."""
    for scene in bpy.data.scenes:
        for name in SETTINGS:
            yield getattr(scene.restage, name), functools.partial(setattr, scene.restage, name)
    for item in bpy.data.objects:
        if not has_record(item):
            continue
        yield item.restage.job, lambda path, owner=item.restage: setattr(owner, "job", path)
        modifier = modifier_of(item)
        if modifier is not None and FOLDER in compat.modifier_inputs(modifier):
            folder = compat.modifier_input(modifier, FOLDER)
            yield folder, lambda path, owner=modifier: compat.set_modifier_input(owner, FOLDER, path)


@persistent
def before_saving(path: str) -> None:
    """Handler: the file is about to be saved under a name, perhaps another than it had."""
    if path:
        move_paths(bpy.data.filepath, path)


@persistent
def after_saving(path: str) -> None:
    """Handler: after a copy was saved, the open file still has its own name."""
    if path and Path(path) != Path(bpy.data.filepath):
        move_paths(path, bpy.data.filepath)
