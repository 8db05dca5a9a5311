"""What a run made, one job for each person, comes into a scene: everybody before the same camera."""

from dataclasses import replace
from pathlib import Path

import bpy
from mathutils import Matrix

from ..core.job import Job
from .axes import transform_to_blender
from .job_import import Imported, ImportOptions, import_job
from .worker import Event


def import_people(done: Event, scene: bpy.types.Scene, options: ImportOptions) -> list[Imported]:
    """Build the jobs that a run ended with (its `done` event) in a scene, the most prominent person's first.

    The camera, the timeline and the scene's job are those of the first; the others are put where that camera sees them
    in the clip. Raises what import_job raises; who was imported until then stays.
    """
    folders = [Path(folder) for folder in done["jobs"]]
    people = [import_job(folders[0], scene, options)]
    job = scene.restage.job
    for folder in folders[1:]:
        people.append(import_job(folder, scene, replace(options, camera=False, timeline=False)))
        _put_before_camera_of(people[0].job, people[-1])
        scene.restage.job = job
    return people


def describe_people(people: list[Imported]) -> str:
    """One line to be said about what was imported."""
    if len(people) == 1:
        return people[0].summary
    return "; ".join(f"{person.collection.name}: {person.summary}" for person in people)


def is_complete(people: list[Imported]) -> bool:
    """Whether every frame of everybody has a mesh."""
    return all(len(person.numbers) == len(person.job.record.frames) for person in people)


def _put_before_camera_of(first: Job, other: Imported) -> None:
    """Move a person, with whatever came along, so that their clip's camera is where the first person's is.

    Every job has a world of its own around where its person is, so without this all would stand in the same place.
    """
    place = bpy.data.objects.new(f"{other.collection.name} Place", None)
    place.empty_display_size = 0.2
    place.matrix_world = _camera_pose(first) @ _camera_pose(other.job).inverted()
    for item in other.collection.all_objects:
        if item.parent is None:
            item.parent = place
    other.collection.objects.link(place)


def _camera_pose(job: Job) -> Matrix:
    return Matrix(transform_to_blender(job.camera().camera_to_world).tolist())
