"""What makes Blender's exporters see one track that moves, while a sequence is written."""

from collections.abc import Iterator
from contextlib import contextmanager

import bpy

from .node_tree import NodeTree
from .packed import frames_collection

NAME = "Restage Export"


@contextmanager
def as_one_track(items: list[bpy.types.Object], waving: bool = False) -> Iterator[None]:
    """Add modifiers to mesh objects that leave their shape as it is, and take them away at the end.

    waving: with one that Blender knows to move. Alembic's exporter takes geometry nodes for still without it.
    """
    added: list[tuple[bpy.types.Object, bpy.types.Modifier]] = []
    tree = _one_name_tree() if any(frames_collection(item) for item in items) else None
    try:
        for item in items:
            if item.type != "MESH":
                continue
            if frames_collection(item):
                added.append((item, item.modifiers.new(NAME, "NODES")))
                added[-1][1].node_group = tree
            if waving:
                added.append((item, item.modifiers.new(NAME, "WAVE")))
                added[-1][1].height = 0.0
        yield
    finally:
        for item, modifier in reversed(added):
            item.modifiers.remove(modifier)
        if tree is not None:
            bpy.data.node_groups.remove(tree)


def _one_name_tree() -> bpy.types.NodeTree:
    """Nodes that give a mesh the same name at every frame.

    In 5.2 the exporters write an object for every name that an evaluated mesh has, and a packed sequence's has that of
    the mesh which was picked. Joined meshes have the name of the first: here of a single vertex, which goes again.
    """
    tree = NodeTree(NAME)
    geometry = tree.add_input("Geometry", "Geometry")
    vertex = tree.node("GeometryNodeMeshLine", {"Count": 1})
    join = tree.node("GeometryNodeJoinGeometry", {"Geometry": geometry})
    # Of a socket that takes several, the last link is the first mesh.
    tree.set(join.inputs[0], vertex.outputs[0])
    index = tree.node("GeometryNodeInputIndex").outputs[0]
    first = tree.math("LESS_THAN", index, 0.5)
    rest = tree.node("GeometryNodeDeleteGeometry", {"Geometry": join.outputs[0], "Selection": first}, domain="POINT")
    tree.add_output("Geometry", "Geometry", rest.outputs[0])
    return tree.tree
