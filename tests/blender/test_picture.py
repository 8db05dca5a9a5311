"""The clip's own pictures on the meshes of frames: in the right place, only where the camera sees them, and sharper."""

from pathlib import Path

import bpy
import numpy as np
import pytest

from core.job import Job
from core.ply import write_ply
from tests.blender.white_light import rendered

SIZE = (160, 120)
# Pixels of the picture that one stripe is wide: much finer than the mesh.
STRIPE = 5


@pytest.fixture
def wall(make_job) -> Job:
    """A job whose meshes are two walls, one behind the other, coarser than the stripes of the pictures.

    The front wall has the colours that the picture has at its vertices; the wall behind, which it hides in part, is
    green. Stripes move by a pixel every frame.
    """
    job = make_job(size=SIZE, name="wall")
    camera = job.camera()
    for number in job.record.frames:
        picture = stripes(number)
        save(job.picture_path(number), picture)
        front, faces = plate(camera, 2.0, (20, 20, 100, 100), 9)
        behind, more = plate(camera, 3.0, (60, 30, 140, 90), 9)
        pixels = np.clip(camera.project(front).astype(int), 0, np.array(SIZE) - 1)
        green = np.full((len(behind), 3), (0, 160, 0))
        write_ply(
            job.mesh_path(number),
            np.concatenate([front, behind]),
            np.concatenate([faces, more + len(front)]),
            np.concatenate([picture[pixels[:, 1], pixels[:, 0]], green]).astype(np.uint8),
        )
    return job


def stripes(number: int) -> np.ndarray:
    """(H, W, 3) uint8: smooth stripes on a gradient, so that every place has a colour of its own."""
    x, y = np.meshgrid(np.arange(SIZE[0]), np.arange(SIZE[1]))
    wave = 120 + 60 * np.sin(2 * np.pi * (x + number) / STRIPE)
    return np.stack([wave, 60 + 0.5 * y, 200 - wave / 2], axis=-1).astype(np.uint8)


def plate(camera, depth: float, box: tuple[float, float, float, float], side: int) -> tuple[np.ndarray, np.ndarray]:
    """A grid that faces the camera, `depth` metres away, and fills a box (left, top, right, bottom) of the picture."""
    x, y = np.meshgrid(np.linspace(box[0], box[2], side), np.linspace(box[1], box[3], side))
    flat = (np.stack([x.ravel(), y.ravel()], axis=1) - camera.centre) * [1, -1] / camera.focal
    points = camera.to_world(np.concatenate([flat, -np.ones((side * side, 1))], axis=1) * depth)
    corner = (np.arange(side - 1)[:, None] * side + np.arange(side - 1)).ravel()
    faces = [[corner, corner + side, corner + 1], [corner + 1, corner + side, corner + side + 1]]
    return points.astype(np.float32), np.concatenate([np.stack(part, axis=1) for part in faces]).astype(np.int32)


def save(path: Path, picture: np.ndarray) -> None:
    """Without loss, under the name that the job wants: Blender goes by the content."""
    height, width = picture.shape[:2]
    image = bpy.data.images.new("picture", width, height)
    levels = np.ones((height, width, 4), np.float32)
    levels[..., :3] = picture[::-1] / 255
    image.pixels.foreach_set(levels.ravel())
    image.filepath_raw, image.file_format = str(path), "PNG"
    image.save()
    bpy.data.images.remove(image)


def imported(job: Job, mode: str = "packed", pictures: bool = True) -> bpy.types.Object:
    bpy.ops.restage.import_job(filepath=str(job.folder / "job.json"), mode=mode, use_pictures=pictures)
    return next(item for item in bpy.data.collections[job.record.name].objects if item.restage.mode)


def picture_of(mesh: bpy.types.Mesh) -> str:
    """The file of the picture that a mesh's material shows; empty for none."""
    nodes = mesh.materials[0].node_tree.nodes
    return next((Path(node.image.filepath).name for node in nodes if node.type == "TEX_IMAGE"), "")


def test_renders_show_the_frames_own_picture(wall: Job, tmp_path: Path) -> None:
    inside = (slice(25, 95), slice(25, 95))
    error = {}
    for pictures in (False, True):
        imported(wall, pictures=pictures)
        shown = rendered(3, tmp_path / f"{pictures}.png", samples=16)[inside][..., :3]
        error[pictures] = np.abs(shown - stripes(2)[inside]).mean()
    assert error[True] < 12 and error[True] < error[False] / 3


@pytest.mark.parametrize("mode", ["packed", "objects"])
def test_the_picture_lies_where_the_camera_sees_the_mesh(wall: Job, mode: str) -> None:
    imported(wall, mode)
    mesh = bpy.data.meshes["wall 000001"]
    assert picture_of(mesh) == "000001.jpg"
    count = len(mesh.vertices) // 2
    place = np.array([value.vector for value in mesh.attributes["restage_place"].data])
    seen = np.array([value.value for value in mesh.attributes["restage_seen"].data])
    box = np.array([[20, 20], [100, 100]]) / SIZE
    np.testing.assert_allclose(place[:count].min(axis=0), [box[0, 0], 1 - box[1, 1]], atol=1e-5)
    np.testing.assert_allclose(place[:count].max(axis=0), [box[1, 0], 1 - box[0, 1]], atol=1e-5)
    assert (seen[:count] > 0.5).mean() > 0.9
    assert (seen[count:] == 0).all()


def test_the_edge_of_a_thing_in_front_is_not_believed(make_job) -> None:
    """Where white goes over into the wall's grey, some of the mixture is nearly grey."""
    job = make_job(size=SIZE, name="wall")
    x, y = np.meshgrid(np.arange(SIZE[0]), np.arange(SIZE[1]))
    beyond = np.maximum(np.abs(x - 60), np.abs(y - 60)) - 15
    levels = np.array([250, 180, 85, 60], np.uint8)[np.clip(beyond, 0, 3)]
    for number in job.record.frames:
        save(job.picture_path(number), np.repeat(levels[..., None], 3, axis=2))
        front, faces = plate(job.camera(), 2.0, (20.5, 20.5, 100.5, 100.5), 81)
        write_ply(job.mesh_path(number), front, faces, np.full((len(front), 3), 60, np.uint8))
    imported(job)
    values = bpy.data.meshes["wall 000001"].attributes["restage_seen"].data
    seen = np.array([value.value for value in values]).reshape(81, 81)
    beyond, beside = beyond[20:101, 20:101], (np.minimum(np.abs(x - 60), np.abs(y - 60)) < 15)[20:101, 20:101]
    assert (seen[(beyond <= 2) & beside] == 0).all()
    assert (seen[beyond >= 4] == 1).mean() > 0.95


def test_pictures_survive_conversions_and_leave_with_the_person(wall: Job) -> None:
    bpy.context.view_layer.objects.active = imported(wall)
    for mode in ("objects", "packed", "streamed", "packed"):
        assert bpy.ops.restage.convert_sequence(mode=mode) == {"FINISHED"}
    assert [picture_of(bpy.data.meshes[f"wall 00000{number}"]) for number in (0, 1, 2)] == [
        "000000.jpg",
        "000001.jpg",
        "000002.jpg",
    ]
    assert not [material.name for material in bpy.data.materials if "Replaced" in material.name]
    imported(wall, pictures=False)
    assert [material.name for material in bpy.data.materials] == ["Restage Colours"]
    assert [image.source for image in bpy.data.images] == ["SEQUENCE"]


def test_the_camera_still_has_its_clip(wall: Job) -> None:
    imported(wall)
    background = bpy.data.objects["wall Camera"].data.background_images[0].image
    assert background.source == "SEQUENCE"
    singles = [image for image in bpy.data.images if image.source == "FILE"]
    assert len(singles) == 3
    imported(wall)
    again = bpy.data.objects["wall Camera"].data.background_images[0].image
    assert again == background and len(bpy.data.images) == 4


def test_a_missing_picture_leaves_the_colours(wall: Job) -> None:
    wall.picture_path(1).unlink()
    wall.picture_path(2).write_bytes(b"no picture")
    imported(wall)
    assert [picture_of(bpy.data.meshes[f"wall 00000{number}"]) for number in (0, 1, 2)] == ["000000.jpg", "", ""]
    assert bpy.data.meshes["wall 000001"].materials[0].name == "Restage Colours"


def test_other_programs_get_the_colours(wall: Job, tmp_path: Path) -> None:
    item = imported(wall)
    bpy.context.view_layer.objects.active = item
    assert bpy.ops.restage.export(filepath=str(tmp_path / "wall.glb"), format="GLB") == {"FINISHED"}
    assert b'"images"' not in (tmp_path / "wall.glb").read_bytes()
    assert picture_of(bpy.data.meshes["wall 000001"]) == "000001.jpg"
