"""The PaMIR route's models: where they are on this machine, and whether their licences were accepted."""

import bpy

from .engine import ROOT_PACKAGE, is_ready

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
    return "" if _preferences().pamir_dir else "Choose the folder of PaMIR's files in the panel PaMIR first"


def arguments() -> dict[str, str]:
    """The settings `weights` and `smpl` of a run."""
    preferences = _preferences()
    return {
        "weights": bpy.path.abspath(preferences.pamir_dir),
        "smpl": bpy.path.abspath(preferences.smpl_file) if preferences.smpl_file else "",
    }


def _preferences() -> bpy.types.AddonPreferences | None:
    addon = bpy.context.preferences.addons.get(ROOT_PACKAGE)
    return addon.preferences if addon else None
