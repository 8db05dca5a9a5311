"""Building a geometry node tree: sockets of its interface, and nodes that are wired as they are made."""

from typing import Any

import bpy

Value = bpy.types.NodeSocket | float | int | bool | str | tuple[float, ...]


class NodeTree:
    """A new geometry node group. `inputs` are its interface's inputs by name, ready to be wired."""

    def __init__(self, name: str) -> None:
        self.tree = bpy.data.node_groups.new(name, "GeometryNodeTree")
        self._entrance = self.tree.nodes.new("NodeGroupInput")
        self._exit = self.tree.nodes.new("NodeGroupOutput")

    @property
    def inputs(self) -> bpy.types.NodeInputs:
        """The group's inputs, as sockets to wire from."""
        return self._entrance.outputs

    def add_input(self, name: str, kind: str, description: str = "", default: Any = None) -> bpy.types.NodeSocket:
        """A new input of the group; kind: "Float", "Bool", "Geometry", …"""
        item = self._add(name, kind, "INPUT", description)
        if default is not None:
            item.default_value = default
        return self.inputs[name]

    def add_output(self, name: str, kind: str, value: bpy.types.NodeSocket) -> None:
        """A new output of the group that gives `value`."""
        self._add(name, kind, "OUTPUT", "")
        self.tree.links.new(value, self._exit.inputs[name])

    def node(self, kind: str, inputs: dict[str, Value] | None = None, **settings: Any) -> bpy.types.Node:
        """A node with its settings; `inputs` maps identifiers of sockets to sockets to wire, or to values."""
        node = self.tree.nodes.new(kind)
        for name, setting in settings.items():
            setattr(node, name, setting)
        # Which sockets a node has depends on its settings; those that it does not use share their names.
        sockets = {socket.identifier: socket for socket in node.inputs if socket.enabled}
        for name, value in (inputs or {}).items():
            self.set(sockets[name], value)
        node.location = (180 * (len(self.tree.nodes) % 12), -220 * (len(self.tree.nodes) // 12))
        return node

    def set(self, socket: bpy.types.NodeSocket, value: Value) -> None:
        """Wire a socket to another one, or give it a value."""
        if isinstance(value, bpy.types.NodeSocket):
            self.tree.links.new(value, socket)
        else:
            socket.default_value = value

    def math(self, operation: str, *values: Value) -> bpy.types.NodeSocket:
        """A number made of one or two others."""
        inputs = dict(zip(("Value", "Value_001"), values, strict=False))
        return self.node("ShaderNodeMath", inputs, operation=operation).outputs[0]

    def logic(self, operation: str, *values: Value) -> bpy.types.NodeSocket:
        """A truth made of one or two others: AND, OR, NOT."""
        inputs = dict(zip(("Boolean", "Boolean_001"), values, strict=False))
        return self.node("FunctionNodeBooleanMath", inputs, operation=operation).outputs[0]

    def switch(self, kind: str, condition: Value, false: Value | None, true: Value) -> bpy.types.NodeSocket:
        """`true` where the condition holds, else `false`, or nothing. kind: "FLOAT", "GEOMETRY", …"""
        inputs = {"Switch": condition, "True": true} | ({} if false is None else {"False": false})
        return self.node("GeometryNodeSwitch", inputs, input_type=kind).outputs[0]

    def _add(self, name: str, kind: str, way: str, description: str) -> bpy.types.NodeTreeInterfaceSocket:
        return self.tree.interface.new_socket(
            name, description=description, in_out=way, socket_type=f"NodeSocket{kind}"
        )
