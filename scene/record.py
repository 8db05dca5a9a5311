"""What Restage keeps with its objects in a .blend, and how files of earlier versions are brought up to date."""

from collections.abc import Callable

import bpy
from bpy.app.handlers import persistent

# 1: custom properties `restage_job` of the collection and `restage_frame` of a frame's object.
# 2: Object.restage, a property group with its schema.
SCHEMA = 2


def write_record(item: bpy.types.Object, job: str, mode: str = "", gaps: str = "hold", frame: int = -1) -> None:
    """Mark an object: as the one that carries a job's sequence in a mode, or else as one of its parts; `frame` is the
    clip's frame of a mesh, `gaps` what shows where the clip has no person."""
    record = item.restage
    record.schema, record.job, record.mode, record.gaps, record.frame = SCHEMA, job, mode, gaps, frame


def has_record(item: bpy.types.Object) -> bool:
    """Whether an object is one of ours."""
    return item.restage.schema > 0


def is_sequence(item: bpy.types.Object | None) -> bool:
    """Whether an object carries a job's sequence."""
    return item is not None and has_record(item) and bool(item.restage.mode)


def person_of(item: bpy.types.Object | None) -> bpy.types.Object | None:
    """The object that carries a job's sequence, of itself or of a part of it: a frame's mesh, an armature's skin. Those
    are what a click in the viewport selects."""
    if item is None or is_sequence(item):
        return item
    return item.parent if has_record(item) and is_sequence(item.parent) else None


def sequence_in(collection: bpy.types.Collection) -> bpy.types.Object | None:
    """The object of a collection that carries a job's sequence."""
    return next((item for item in collection.objects if is_sequence(item)), None)


def collection_of(sequence: bpy.types.Object) -> bpy.types.Collection:
    """The collection that a sequence's object was imported into: with its parts, whatever else links it."""
    collections = sequence.users_collection
    return next((other for other in collections if sequence_in(other) == sequence), collections[0])


@persistent
def migrate(*_arguments: object) -> None:
    """Handler, and timer: after a file is loaded, or the extension is switched on in one, bring what earlier versions
    stored up to date, one version at a time."""
    for version in range(1, SCHEMA):
        MIGRATIONS[version]()


def _from_custom_properties() -> None:
    for collection in bpy.data.collections:
        job = collection.pop("restage_job", None)
        if job is None:
            continue
        for item in collection.objects:
            if "restage_frame" in item:
                write_record(item, job, frame=item.pop("restage_frame"))
            elif item.type == "EMPTY":
                write_record(item, job, mode="objects")


# How a file of each version becomes one of the next.
MIGRATIONS: dict[int, Callable[[], None]] = {1: _from_custom_properties}
