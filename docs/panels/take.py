"""Takes the pictures of this folder: every state of the panel, drawn by a real Blender in a window.

    blender --command extension install-file -r user_default -e restage-VERSION.zip
    blender --enable-event-simulate --window-geometry 0 0 1280 900 --python docs/panels/take.py -- \\
        JOB.restage CLIP FOLDER [NAME...]

on X11 without a window manager (Xvfb will do), with ImageMagick's `import` on the path, and in a profile made for it,
since the script writes into it. JOB is a finished job folder of the file CLIP, FOLDER is where the pictures go, NAMEs
choose some of them. No engine is needed: what it would report is put in by hand (states.py); everything that is drawn
is drawn by the extension.
"""

import functools
import os
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import bpy
import numpy as np

# Blender does not look for modules beside a script.
sys.path.insert(0, str(Path(__file__).parent))

from states import CLIP, FOLDER, IN_SIDEBAR, IN_VIEW, NAMES, PACKAGE, begin, in_view, region, remove_engine, view

# Panels glide to their places, so a picture is taken after so many redraws, so many seconds apart.
REDRAWS, PAUSE = 4, 0.4
# Pixels that the sidebar's tabs are wide.
TABS = 22


def screen(window: bpy.types.Window) -> np.ndarray:
    """What a window shows, (H, W, 4) float32, from the bottom up."""
    path = Path(bpy.app.tempdir) / "screen.png"
    # Blender's own operator gives black pictures where the graphics are drawn by software.
    subprocess.run(["import", "-window", "root", str(path)], check=True)
    image = bpy.data.images.load(str(path))
    pixels = np.empty(image.size[0] * image.size[1] * 4, np.float32)
    image.pixels.foreach_get(pixels)
    pixels = pixels.reshape(image.size[1], image.size[0], 4)
    bpy.data.images.remove(image)
    return pixels[window.y : window.y + window.height, window.x : window.x + window.width]


def save(name: str, pixels: np.ndarray) -> None:
    """Write a picture into the folder."""
    height, width = pixels.shape[:2]
    image = bpy.data.images.new(name, width, height)
    image.pixels.foreach_set(np.ascontiguousarray(pixels, np.float32).ravel())
    image.filepath_raw, image.file_format = str(Path(FOLDER) / f"{name}.png"), "PNG"
    image.save()
    bpy.data.images.remove(image)


def save_sidebar(name: str) -> None:
    """The sidebar without its tabs, down to the last panel."""
    part = region("UI")
    pixels = screen(bpy.context.window_manager.windows[0])
    pixels = pixels[part.y : part.y + part.height, part.x : part.x + part.width - TABS]
    drawn = (np.ptp(pixels[..., :3], axis=1) > 0.01).any(axis=1)
    save(name, pixels[np.argmax(drawn) :])


def save_view(name: str) -> None:
    """The whole viewport."""
    area = view()
    pixels = screen(bpy.context.window_manager.windows[0])
    save(name, pixels[area.y : area.y + area.height, area.x : area.x + area.width])


def preferences(name: str = "preferences") -> Iterator[None]:
    bpy.ops.screen.userpref_show("INVOKE_DEFAULT")
    bpy.context.preferences.active_section = "ADDONS"
    bpy.context.window_manager.addon_search = "Restage"
    bpy.ops.preferences.addon_expand(module=PACKAGE)
    yield
    save(name, screen(bpy.context.window_manager.windows[-1]))
    # It unfolds and folds in turn.
    bpy.ops.preferences.addon_expand(module=PACKAGE)
    with bpy.context.temp_override(window=bpy.context.window_manager.windows[-1]):
        bpy.ops.wm.window_close()


def preferences_without_engine() -> Iterator[None]:
    remove_engine()
    yield from preferences("preferences_without_engine")


def dialog(name: str, operator: Callable, **values: object) -> Iterator[None]:
    """What an operator asks before it begins: what differs from the screen without it."""
    yield
    window = bpy.context.window_manager.windows[0]
    before = screen(window)
    in_view(operator, "INVOKE_DEFAULT", **values)
    yield
    after = screen(window)
    rows, columns = np.nonzero(np.abs(after - before).max(axis=2) > 0.01)
    save(name, after[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1])
    for value in ("PRESS", "RELEASE"):
        window.event_simulate("ESC", value, x=window.width // 2, y=window.height // 2)
    yield


def set_up_dialog() -> Iterator[None]:
    remove_engine()
    bpy.context.preferences.system.use_online_access = True
    yield from dialog("set_up_dialog", bpy.ops.restage.setup_engine)


def set_up_dialog_offline() -> Iterator[None]:
    remove_engine()
    bpy.context.preferences.system.use_online_access = False
    yield from dialog("set_up_dialog_offline", bpy.ops.restage.setup_engine)


def drop_dialog() -> Iterator[None]:
    yield from dialog("drop_dialog", bpy.ops.restage.open_clip, filepath=CLIP)


# States that take their picture themselves.
OTHERS = (preferences, preferences_without_engine, drop_dialog, set_up_dialog, set_up_dialog_offline)


def take() -> Iterator[None]:
    """Every state in turn; the screen is drawn at each yield."""
    # A sidebar over the viewport is not of one colour below its panels.
    bpy.context.preferences.system.use_region_overlap = False
    view().spaces.active.show_region_ui = True
    yield
    for states, save_picture in ((IN_SIDEBAR, save_sidebar), (IN_VIEW, save_view)):
        for name, make in states.items():
            if not NAMES or name in NAMES:
                begin()
                make()
                yield
                save_picture(name)
    for state in OTHERS:
        if not NAMES or state.__name__ in NAMES:
            begin()
            yield from state()


def redrawn(steps: Iterator[None]) -> Iterator[None]:
    """The same steps, with time for the screen to follow each."""
    for _ in steps:
        for _ in range(REDRAWS):
            view().tag_redraw()
            yield


def step(steps: Iterator[None]) -> float:
    """A timer: what comes next, and Blender's end after the last."""
    code = 1
    try:
        next(steps)
        return PAUSE
    except StopIteration:
        code = 0
    except BaseException:  # noqa: BLE001 - Blender would wait for its user otherwise
        traceback.print_exc()
    sys.stderr.flush()
    os._exit(code)


bpy.context.preferences.view.show_splash = False
bpy.app.timers.register(functools.partial(step, redrawn(take())), first_interval=PAUSE)
