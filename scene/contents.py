"""The data-blocks that an import brought into the file: to remove them, or to lend their names to a new import."""

from collections.abc import Iterable

import bpy

from .material import has_texture
from .packed import frames_collection, proxies_collection

Names = list[tuple[bpy.types.ID, str]]


def contents_of(items: Iterable[bpy.types.Object]) -> tuple[list[bpy.types.ID], list[bpy.types.ID]]:
    """What belongs to these objects alone, themselves included, and what others may use as well."""
    items = list(items)
    collections = [held for item in items for held in (frames_collection(item), proxies_collection(item)) if held]
    items += [item for frames in collections for item in frames.objects]
    data = {item.data for item in items if item.data}
    keys = {block.shape_keys for block in data if getattr(block, "shape_keys", None)}
    materials = {material for block in data for material in getattr(block, "materials", ()) if material}
    trees = {material.node_tree for material in materials if material.node_tree}
    animated = [owner.animation_data for owner in (*items, *data, *keys, *trees) if owner.animation_data]
    actions = {animation.action for animation in animated if animation.action}
    images = {view.image for block in data for view in getattr(block, "background_images", ()) if view.image}
    images |= {
        node.image
        for material in materials
        for node in (material.node_tree.nodes if material.node_tree else ())
        if node.type == "TEX_IMAGE" and node.image
    }
    return [*items, *collections], [*data, *materials, *actions, *images]


def remove_objects(items: Iterable[bpy.types.Object]) -> None:
    """Remove objects, with whatever of theirs nobody else uses."""
    own, shared = contents_of(items)
    bpy.data.batch_remove(own)
    # One after the other: a material is without users only after its meshes are gone.
    for block in shared:
        if block.users == 0:
            bpy.data.batch_remove([block])


def remove_collection(collection: bpy.types.Collection) -> None:
    """Remove an imported collection with everything that came with it."""
    remove_objects(collection.objects)
    bpy.data.collections.remove(collection)


def set_names_aside(items: Iterable[bpy.types.Object], *collections: bpy.types.Collection) -> Names:
    """Give objects, and what comes with them, other names, so that new ones get the plain ones.

    Pictures keep theirs, since a new import of the same file uses them as they are, and so do the materials of frames,
    which others may use.
    """
    blocks = {block for part in contents_of(items) for block in part if not isinstance(block, bpy.types.Image)}
    frames = [block for block in blocks if isinstance(block, bpy.types.Mesh) and not has_texture(block)]
    blocks -= {material for mesh in frames for material in mesh.materials}
    blocks |= {block.shape_keys for block in blocks if getattr(block, "shape_keys", None)}
    names = [(block, block.name) for block in (*blocks, *collections)]
    for block, name in names:
        block.name = f"Replaced {name}"
    return names


def give_names_back(names: Names) -> None:
    """Undo set_names_aside."""
    for block, name in names:
        block.name = name
