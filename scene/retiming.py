"""Inputs of a person as custom properties, where no modifier has them, and what follows from the inputs.

What follows is in custom properties of the person's clock, see drivers.py: above all the frame that shows, which the
motion obeys, see retimed_motion.py, and the camera's clip.
"""

import bpy
import numpy as np

from .curves import CONSTANT
from .drivers import SHOWN, clock, drive, follow
from .frame_table import FrameTable
from .playback import (
    CONTROLS,
    EPSILON,
    FRAME,
    GAPS,
    INPUTS,
    LOOP,
    OFFSET,
    OUTSIDE,
    RETIME,
    SPEED,
    control_path,
    set_controls,
    variable_name,
)
from .sequence import blender_frame

# Custom properties that follow from the inputs: whether the clip has no person there, and whether nothing shows.
MISSING, HIDDEN = "Missing", "Hidden"


def add_inputs(person: bpy.types.Object, table: FrameTable) -> None:
    """Give a person without a modifier the inputs, and the properties that follow from them."""
    for name, _, default, description in INPUTS:
        person[name] = default
        person.id_properties_ui(name).update(default=default, description=description)
    set_controls(person, hide_missing=person.restage.gaps == "hide")
    add_shown_frame(person, table)
    _add_hidden(person, table)


def add_shown_frame(person: bpy.types.Object, table: FrameTable) -> None:
    """Say in a property of a person which of the timeline's frames the clip would show, by the inputs."""
    first, count = blender_frame(int(table.frame[0])), len(table.frame)
    time = f"({variable_name(FRAME)} - {first - 1} if retime else (frame - {first} - offset) * speed)"
    expression = f"{first} + {time} - loop * {count} * floor(({time} + {EPSILON}) / {count})"
    _derive(person, SHOWN, expression, SPEED, OFFSET, LOOP, RETIME, FRAME)


def show_timeline(person: bpy.types.Object) -> None:
    """Say in the same property of a person without inputs that it plays as the clip does."""
    _derive(person, SHOWN, "frame")


def _add_hidden(person: bpy.types.Object, table: FrameTable) -> None:
    times = blender_frame(table.frame)
    changes = np.flatnonzero(np.diff(table.missing, prepend=not table.missing[0]))
    clock(person)[MISSING] = 0.0
    follow(clock(person), f'["{MISSING}"]', person, times[changes], table.missing[changes], CONSTANT)
    outside = f"(shown_frame < {times[0] - EPSILON} or shown_frame >= {times[-1] + 1 - EPSILON})"
    expression = f"hide_missing and missing or hide_outside and {outside}"
    _derive(person, HIDDEN, expression, GAPS, OUTSIDE, SHOWN, MISSING)


def _derive(person: bpy.types.Object, name: str, expression: str, *sources: str) -> None:
    """A custom property that an expression of others gives its value."""
    owner = clock(person)
    owner[name] = 0.0
    owner.driver_remove(f'["{name}"]')
    drive(owner, f'["{name}"]', expression, variables_of(person, *sources))


def variables_of(person: bpy.types.Object, *names: str) -> dict[str, tuple[bpy.types.ID, str]]:
    """Variables of an expression: inputs of a person, and what follows from them."""
    return {variable_name(name): _source(person, name) for name in names}


def _source(person: bpy.types.Object, name: str) -> tuple[bpy.types.ID, str]:
    return (person, control_path(person, name)) if name in CONTROLS else (clock(person), f'["{name}"]')
