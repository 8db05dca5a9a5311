"""Where the engine is: the environment that runs `core`, apart from Blender's own Python."""

import os
import sys
from collections.abc import Iterable
from pathlib import Path

import bpy

from ..core import engine, engine_care, engine_fetch
from ..core.errors import ExitCode, RestageError

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


def user_folder() -> Path | None:
    """Blender's folder for what this extension keeps on the machine; None when it is not installed as one."""
    if not ROOT_PACKAGE.startswith("bl_ext."):
        return None
    return Path(bpy.utils.extension_path_user(ROOT_PACKAGE, create=True))


def is_ready(groups: Iterable[str] = ("worker",)) -> bool:
    """Whether a reconstruction can start, or these groups are installed; cheap enough for a poll."""
    return engine.is_ready(engine_folder(), groups)


def engine_python() -> Path:
    """The engine's interpreter; raises RestageError `engine_missing`."""
    if not is_ready():
        raise RestageError("engine_missing", f"{MISSING}.")
    return engine.engine_python(engine_folder())


def setup_command(action: str, *arguments: str) -> list[str]:
    """Command that does something to the engine (core.setup_process), in Blender's own Python."""
    process = [sys.executable, "-s", "-E", "-X", "utf8", "-m", "core.setup_process"]
    return [*process, action, str(engine_folder()), *arguments]


def fetch_wheels(arguments: list[str]) -> int:
    """What `blender --command restage fetch` does: fetch the engine's wheels for another machine; the exit code."""
    asks_for_help = {"-h", "--help"} & set(arguments)
    if not bpy.app.online_access and not asks_for_help:
        sys.stderr.write("Downloads are off in Blender. Start it as blender --online-mode --command restage fetch …\n")
        return ExitCode.ERROR
    return engine_fetch.main(arguments, "blender --command restage fetch")


def plan(groups: Iterable[str]) -> engine_care.Plan:
    """What a set-up of these groups would fetch, and what networks would run on; looks at the disk, so not for draw."""
    return engine_care.plan(engine_folder(), groups)


def describe() -> list[str]:
    """The engine that is set up, in lines: what it runs on, its versions, its size; empty when there is none."""
    state = engine.read_state(engine_folder())
    if not is_ready():
        return []
    lines = [f"Runs on: {state['device_name']}"] if "device_name" in state else []
    if "python" in state:
        lines.append(f"Your own Python: {state['python']}")
    lines += [f"{name} {version}" for name, version in sorted(state.get("versions", {}).items())]
    return [*lines, f"Groups: {', '.join(state['groups'])}"]
