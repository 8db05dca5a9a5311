"""What makes Blender's exporters see one track that moves, while a sequence is written."""

from collections.abc import Iterator
from contextlib import contextmanager

import bpy

from .mesh import COLOUR_NAME
from .node_tree import NodeTree
from .packed import frames_collection
from .playback import modifier_of

NAME = "Restage Export"


@contextmanager
def as_one_track(items: list[bpy.types.Object], alembic: bool = False) -> Iterator[None]:
    """Add modifiers to mesh objects that leave their shape as it is, and take them away at the end.

    alembic: what Alembic's exporter needs besides. It writes colours of corners only, and takes an object for still
    that has no modifier which Blender knows to move.
    """
    meshes = [item for item in items if item.type == "MESH"]
    packed = [item for item in meshes if frames_collection(item)]
    coloured = [item for item in meshes if modifier_of(item)] if alembic else []
    trees = [_one_name_tree()] if packed else []
    added = [_add_nodes(item, trees[-1]) for item in packed]
    trees += [_corner_colours_tree()] if coloured else []
    added += [_add_nodes(item, trees[-1]) for item in coloured]
    for item in meshes if alembic else []:
        added.append((item, item.modifiers.new(NAME, "WAVE")))
        added[-1][1].height = 0.0
    try:
        yield
    finally:
        for item, modifier in reversed(added):
            item.modifiers.remove(modifier)
        bpy.data.batch_remove(trees)


def _add_nodes(item: bpy.types.Object, tree: bpy.types.NodeTree) -> tuple[bpy.types.Object, bpy.types.Modifier]:
    modifier = item.modifiers.new(NAME, "NODES")
    modifier.node_group = tree
    return item, modifier


def _corner_colours_tree() -> bpy.types.NodeTree:
    """Nodes that give every corner of a face the colour of its vertex."""
    tree = NodeTree(NAME)
    geometry = tree.add_input("Geometry", "Geometry")
    colours = tree.node("GeometryNodeInputNamedAttribute", {"Name": COLOUR_NAME}, data_type="FLOAT_COLOR")
    stored = tree.node(
        "GeometryNodeStoreNamedAttribute",
        {"Geometry": geometry, "Name": COLOUR_NAME, "Value": colours.outputs["Attribute"]},
        data_type="BYTE_COLOR",
        domain="CORNER",
    )
    tree.add_output("Geometry", "Geometry", stored.outputs["Geometry"])
    return tree.tree


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
