"""A sequence as one object: a geometry nodes modifier picks the frame's mesh out of those in the file."""

import bpy

from . import compat
from .frame_table import INDEX, FrameTable
from .playback import SequenceTree, add_modifier, modifier_of, set_controls
from .retiming import add_shown_frame
from .sequence import frame_object

TREE = "Restage Packed Frames"
FRAMES, PROXIES, PROXY_FRAMES = "Frames", "Viewport Proxies", "Proxy Frames"


def add_packed(
    name: str, job: str, meshes: dict[int, bpy.types.Mesh], table: FrameTable, collection: bpy.types.Collection
) -> bpy.types.Object:
    """An object in `collection` that shows one of the meshes, which are given by the clip's frame, at every frame.

    The meshes lie in a collection that belongs to no scene; link it to one to edit single frames.
    """
    frames = bpy.data.collections.new(f"{name} Frames")
    for number, mesh in sorted(meshes.items()):
        frames.objects.link(frame_object(name, number, mesh, job))
    item = bpy.data.objects.new(name, table.make_mesh(name))
    collection.objects.link(item)
    add_modifier(item, current_tree())
    set_controls(item, frames=frames)
    add_shown_frame(item, table)
    return item


def frames_collection(item: bpy.types.Object) -> bpy.types.Collection | None:
    """The collection that holds the meshes of a packed sequence."""
    return _collection(item, FRAMES)


def proxies_collection(item: bpy.types.Object) -> bpy.types.Collection | None:
    """The collection that holds what stands in for the meshes in viewports, if there is any, see proxies.py."""
    return _collection(item, PROXY_FRAMES)


def current_tree() -> bpy.types.NodeTree:
    """The nodes of packed sequences; persons of earlier versions have others, without proxies."""
    return bpy.data.node_groups.get(TREE) or _make_tree()


def _collection(item: bpy.types.Object, name: str) -> bpy.types.Collection | None:
    modifier = modifier_of(item)
    if modifier is None or name not in compat.modifier_inputs(modifier):
        return None
    return compat.modifier_input(modifier, name)


def _make_tree() -> bpy.types.NodeTree:
    tree = SequenceTree(TREE)
    frames = tree.add_input(FRAMES, "Collection", "Objects of the frames; which is which follows from their names")
    proxies = tree.add_input(PROXIES, "Bool", "In viewports, show the smaller Proxy Frames; renders show the full ones")
    proxy_frames = tree.add_input(PROXY_FRAMES, "Collection", "What stands in for the Frames, in the same order")
    small = tree.logic("AND", proxies, tree.node("GeometryNodeIsViewport").outputs[0])
    shown = tree.switch("COLLECTION", small, frames, proxy_frames)
    # Separate children come in the order of their names, and only the one that is picked is made real.
    children = tree.node(
        "GeometryNodeCollectionInfo", {"Collection": shown, "Separate Children": True, "Reset Children": True}
    )
    point = tree.node("GeometryNodePoints", {"Count": 1})
    picked = tree.node(
        "GeometryNodeInstanceOnPoints",
        {
            "Points": point.outputs[0],
            "Instance": children.outputs[0],
            "Pick Instance": True,
            "Instance Index": tree.column(INDEX),
        },
    )
    real = tree.node("GeometryNodeRealizeInstances", {"Geometry": picked.outputs[0]})
    return tree.finish(real.outputs[0])
