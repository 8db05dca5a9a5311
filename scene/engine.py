"""Where the engine is: the environment that runs `core`, apart from Blender's own Python."""

import os
from collections.abc import Iterable
from pathlib import Path

import bpy

from ..core import engine
from ..core.errors import RestageError

ROOT_PACKAGE = __package__.rpartition(".")[0]
ROOT_FOLDER = Path(__file__).resolve().parent.parent
MISSING = "The engine is not set up. Choose Set Up Engine in Preferences > Add-ons > Restage"


def engine_folder() -> Path:
    """The engine's folder, whether or not it exists.

    $RESTAGE_ENGINE wins, since it is set for one run; then the preference; then `.engine` in a developer's checkout;
    then Blender's folder for the extension's own files, which survives updates.
    """
    if chosen := os.environ.get("RESTAGE_ENGINE"):
        return Path(chosen).absolute()
    addon = bpy.context.preferences.addons.get(ROOT_PACKAGE)
    if addon and addon.preferences and addon.preferences.engine_dir:
        return Path(bpy.path.abspath(addon.preferences.engine_dir))
    checkout = ROOT_FOLDER / ".engine"
    if checkout.exists():
        return checkout
    if ROOT_PACKAGE.startswith("bl_ext."):
        return Path(bpy.utils.extension_path_user(ROOT_PACKAGE, path="engine", create=False))
    # restage_batch.py of an installed extension, in a Blender that does not load extensions: the same folder by hand.
    repository = ROOT_FOLDER.parent
    installed = repository.parent / ".user" / repository.name / ROOT_FOLDER.name / "engine"
    return installed if installed.exists() else checkout


def is_ready(groups: Iterable[str] = ("worker",)) -> bool:
    """Whether a reconstruction can start, or these groups are installed; cheap enough for a poll."""
    return engine.is_ready(engine_folder(), groups)


def engine_python() -> Path:
    """The engine's interpreter; raises RestageError `engine_missing`."""
    if not is_ready():
        raise RestageError("engine_missing", f"{MISSING}.")
    return engine.engine_python(engine_folder())
