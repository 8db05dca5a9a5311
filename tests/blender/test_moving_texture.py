"""A character with a texture of every frame: renders show the frame's own, other programs get the clip's."""

import json
import struct
from pathlib import Path

import bpy
import numpy as np
import pytest

from core.job import Job
from core.picture import write_jpeg, write_png
from tests.blender.arm import add_arm
from tests.blender.white_light import rendered

GREY = 128
# By the clip's frame, what its texture is: other frames were left out by a step.
SHADES = {2: 40, 4: 100, 6: 200}


@pytest.fixture
def job(make_job) -> Job:
    job = make_job(dict.fromkeys(SHADES, "ok"))
    add_arm(job, list(SHADES))
    write_png(job.character_texture_path, np.full((8, 8, 3), GREY, np.uint8))
    for number, shade in SHADES.items():
        write_jpeg(job.moving_texture_path(number), np.full((8, 8, 3), shade, np.uint8))
    return job


def imported(job: Job, mode: str, pictures: bool = True) -> bpy.types.Object:
    bpy.ops.restage.import_job(filepath=str(job.folder / "job.json"), mode=mode, use_pictures=pictures)
    return next(item for item in bpy.data.collections[job.record.name].objects if item.type == "MESH")


def shown(item: bpy.types.Object, frame: int, path: Path) -> float:
    """The mean level, 0-255, of the person in a render in even white light."""
    render = bpy.context.scene.render
    render.resolution_percentage, render.film_transparent = 10, True
    levels = rendered(frame, path, samples=4)
    solid = levels[..., 3] > 252
    assert solid.any(), "nobody is in the picture"
    return float(levels[solid, :3].mean())


@pytest.mark.parametrize("mode", ["character_shape_keys", "character_cache", "character_armature"])
def test_every_frame_shows_its_own_texture(job: Job, mode: str, tmp_path: Path) -> None:
    item = imported(job, mode)
    # Left out frames and those before and after show the nearest that there is.
    for frame, number in ((1, 2), (3, 2), (4, 2), (5, 4), (7, 6), (9, 6)):
        assert shown(item, frame, tmp_path / f"{frame}.png") == pytest.approx(SHADES[number], rel=0.08), frame


@pytest.mark.parametrize("mode", ["character_shape_keys", "character_armature"])
def test_the_texture_goes_with_a_retimed_person(job: Job, mode: str, tmp_path: Path) -> None:
    from bl_ext.user_default.restage.scene.playback import set_controls

    item = imported(job, mode)
    if mode == "character_armature":
        assert bpy.ops.restage.retime() == {"FINISHED"}
    set_controls(bpy.context.object, speed=2.0, offset=5.0)
    for frame, number in ((3, 2), (8, 2), (9, 4), (10, 6)):
        assert shown(item, frame, tmp_path / f"{frame}.png") == pytest.approx(SHADES[number], rel=0.08), frame


def test_without_pictures_or_without_all_of_them_it_is_the_clips(job: Job, tmp_path: Path) -> None:
    assert shown(imported(job, "character_cache", pictures=False), 3, tmp_path / "a.png") == pytest.approx(
        GREY, rel=0.08
    )
    job.moving_texture_path(4).unlink()
    assert shown(imported(job, "character_cache"), 3, tmp_path / "b.png") == pytest.approx(GREY, rel=0.08)


def test_other_programs_get_the_clips_texture(job: Job, tmp_path: Path) -> None:
    item = imported(job, "character_shape_keys")
    path = tmp_path / "person.glb"
    bpy.context.view_layer.objects.active = item
    bpy.ops.restage.export(filepath=str(path), format="GLB")
    content = path.read_bytes()
    (length,) = struct.unpack("<I", content[12:16])
    images = [image["name"] for image in json.loads(content[20 : 20 + length])["images"]]
    assert "texture" in images and not any(name.startswith("0000") for name in images)
    # Afterwards it moves again.
    assert shown(item, 7, tmp_path / "after.png") == pytest.approx(SHADES[6], rel=0.08)


def test_it_leaves_with_the_person(job: Job) -> None:
    imported(job, "character_cache")
    imported(job, "character_cache", pictures=False)
    assert not any("textures" in image.filepath for image in bpy.data.images)
    assert not bpy.data.actions
