"""Inputs of a person that say which frame of the clip shows when, and the nodes that obey them."""

import bpy

from . import compat
from .frame_table import FRAME as FRAME_COLUMN
from .frame_table import MISSING
from .node_tree import NodeTree

MODIFIER = "Restage Sequence"
SPEED, OFFSET, LOOP, OUTSIDE, GAPS = "Speed", "Offset", "Loop", "Hide Outside", "Hide Missing"
RETIME, FRAME = "Retime", "Clip Frame"

# Names, kinds, defaults, and what they do. Every sequence tree begins with these, in this order, so that their
# identifiers, and with them values and keys, stay when a modifier gets another sequence tree.
INPUTS = (
    (
        SPEED,
        "Float",
        1.0,
        "Without Retime: frames of the clip for every frame of the timeline; negative plays backwards",
    ),
    (OFFSET, "Float", 0.0, "Without Retime: frames of the timeline by which the sequence starts later"),
    (LOOP, "Bool", False, "Begin again after the last frame"),
    (OUTSIDE, "Bool", False, "Show nothing before the first and after the last frame, instead of holding them"),
    (GAPS, "Bool", False, "Show nothing where the clip has no person, instead of holding the frame before"),
    (RETIME, "Bool", False, "Show the clip's frame that Clip Frame names, whatever the timeline's frame"),
    (FRAME, "Float", 0.0, "With Retime: frame of the clip to show, counted from 0. Key it to retime the motion freely"),
)
CONTROLS = tuple(name for name, *_ in INPUTS)

# Rounds down to the frame that a value means, although 0.1 ten times is a little less than 1.
EPSILON = 1e-3


class SequenceTree(NodeTree):
    """A node tree that shows one mesh of a sequence. Its geometry is the sequence's FrameTable."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.tree.is_modifier = True
        self.add_input("Geometry", "Geometry")
        for control, kind, default, description in INPUTS:
            self.add_input(control, kind, description, default)
        self._row, self._outside = self._find_row()

    def column(self, name: str, kind: str = "INT") -> bpy.types.NodeSocket:
        """The table's value at the frame that shows."""
        return self._sample(name, kind, self._row)

    def finish(self, geometry: bpy.types.NodeSocket) -> bpy.types.NodeTree:
        """Show this geometry, unless the inputs hide it."""
        gap = self.logic("AND", self.inputs[GAPS], self.column(MISSING, "BOOLEAN"))
        outside = self.logic("AND", self.inputs[OUTSIDE], self._outside)
        hidden = self.logic("OR", gap, outside)
        self.add_output("Geometry", "Geometry", self.switch("GEOMETRY", self.logic("NOT", hidden), None, geometry))
        return self.tree

    def _find_row(self) -> tuple[bpy.types.NodeSocket, bpy.types.NodeSocket]:
        """The table's row that shows, and whether time is outside the clip."""
        size = self.node("GeometryNodeAttributeDomainSize", {"Geometry": self.inputs["Geometry"]}, component="MESH")
        count = size.outputs["Point Count"]
        first = self._sample(FRAME_COLUMN, "INT", 0)
        # The clip counts from 0, the timeline from 1.
        scene = self.math("SUBTRACT", self.node("GeometryNodeInputSceneTime").outputs["Frame"], 1.0)
        since = self.math("SUBTRACT", self.math("SUBTRACT", scene, first), self.inputs[OFFSET])
        played = self.math("MULTIPLY", since, self.inputs[SPEED])
        keyed = self.math("SUBTRACT", self.inputs[FRAME], first)
        time = self.switch("FLOAT", self.inputs[RETIME], played, keyed)
        whole = self.math("FLOOR", self.math("ADD", time, EPSILON))
        looped = self.math("FLOORED_MODULO", whole, count)
        row = self.switch("FLOAT", self.inputs[LOOP], whole, looped)
        last = self.math("SUBTRACT", count, 1.0)
        held = self.math("MINIMUM", self.math("MAXIMUM", row, 0.0), last)
        inside = self.math("COMPARE", row, held)
        return held, self.logic("NOT", inside)

    def _sample(self, name: str, kind: str, row: bpy.types.NodeSocket | int) -> bpy.types.NodeSocket:
        column = self.node("GeometryNodeInputNamedAttribute", {"Name": name}, data_type=kind)
        inputs = {"Geometry": self.inputs["Geometry"], "Value": column.outputs["Attribute"], "Index": row}
        return self.node("GeometryNodeSampleIndex", inputs, data_type=kind, domain="POINT").outputs["Value"]


def add_modifier(item: bpy.types.Object, tree: bpy.types.NodeTree) -> None:
    """Let a sequence tree show the frames of an object, whose mesh is a FrameTable."""
    item.modifiers.new(MODIFIER, "NODES").node_group = tree


def modifier_of(item: bpy.types.Object) -> bpy.types.NodesModifier | None:
    """The modifier that plays a sequence, if this object has one."""
    modifier = item.modifiers.get(MODIFIER)
    return modifier if modifier is not None and modifier.type == "NODES" else None


def has_controls(item: bpy.types.Object) -> bool:
    """Whether a person has the inputs: in its modifier, or as custom properties, see retiming.py."""
    return modifier_of(item) is not None or RETIME in item


def control(item: bpy.types.Object, name: str) -> tuple[object, str]:
    """Where the value of an input is: its owner, and the property's path from there."""
    modifier = modifier_of(item)
    return (item, f'["{name}"]') if modifier is None else compat.modifier_input_path(modifier, name)


def control_path(item: bpy.types.Object, name: str) -> str:
    """The path of an input's value from the object, as curves and drivers name it."""
    modifier = modifier_of(item)
    return f'["{name}"]' if modifier is None else compat.modifier_input_data_path(modifier, name)


def control_value(item: bpy.types.Object, name: str) -> object:
    """The value of an input."""
    modifier = modifier_of(item)
    return item[name] if modifier is None else compat.modifier_input(modifier, name)


def set_control(item: bpy.types.Object, name: str, value: object) -> None:
    """Give an input another value."""
    modifier = modifier_of(item)
    if modifier is None:
        item[name] = value
    else:
        compat.set_modifier_input(modifier, name, value)


def variable_name(name: str) -> str:
    """The name of an input where no spaces may be, as `hide_missing`."""
    return name.lower().replace(" ", "_")


def set_controls(item: bpy.types.Object, **values: object) -> None:
    """Set inputs of a person, see variable_name."""
    modifier = modifier_of(item)
    names = {variable_name(name): name for name in (compat.modifier_inputs(modifier) if modifier else CONTROLS)}
    for name, value in values.items():
        set_control(item, names[name], value)
    item.update_tag()
