"""The PaMIR route's models: where they are on this machine, and whether their licences were accepted."""

from pathlib import Path

import bpy

from ..core.pamir import install
from .engine import ROOT_PACKAGE, is_ready, user_folder

NOT_ACCEPTED = "Read and accept the licences in the panel PaMIR first"


def accepted() -> bool:
    """Whether the user has said that PaMIR is used for non-commercial ends."""
    preferences = _preferences()
    return preferences is not None and preferences.pamir_accepted


def accept() -> None:
    """Keep that the licences were accepted."""
    _preferences().pamir_accepted = True


def missing() -> str:
    """Why the method "pamir" cannot run yet; empty when it can be tried."""
    if not accepted():
        return NOT_ACCEPTED
    if not is_ready(("worker", "pamir")):
        return "Add PaMIR to the engine in the panel PaMIR first"
    if not _preferences().pamir_dir and missing_files():
        return "Choose the folder of PaMIR's files, or Install Model File, in the panel PaMIR first"
    return ""


def models_folder() -> Path:
    """Where the model files are: the folder that the user chose, or the extension's own."""
    preferences = _preferences()
    if preferences is not None and preferences.pamir_dir:
        return Path(bpy.path.abspath(preferences.pamir_dir))
    return (user_folder() or Path(bpy.app.tempdir)) / "models"


def missing_files() -> list[str]:
    """What is not installed yet, in words with where it comes from; empty where the user chose a folder."""
    if _preferences().pamir_dir:
        return []
    lacking = install.missing(models_folder())
    return install.describe(lacking).split("; ") if lacking else []


def arguments() -> dict[str, str]:
    """The settings `weights` and `smpl` of a run."""
    preferences = _preferences()
    return {
        "weights": str(models_folder()),
        "smpl": bpy.path.abspath(preferences.smpl_file) if preferences.smpl_file else "",
    }


def _preferences() -> bpy.types.AddonPreferences | None:
    addon = bpy.context.preferences.addons.get(ROOT_PACKAGE)
    return addon.preferences if addon else None
