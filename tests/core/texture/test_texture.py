"""Colours come from the picture where it shows the surface, from the clip where it does not, never from behind."""

import numpy as np
import pytest

from core.body.model import BodyModel
from core.frame import ClipReader
from core.job import Job
from core.person.cut import cut_mask
from core.ply import read_ply
from core.render import MeshCaster, vertex_normals
from core.surface.silhouette import neighbour_average
from core.texture.body_colours import Glimpse, gather_colours, softened
from core.texture.paint import known_at, paint
from core.texture.projection import Photograph, trust
from core.texture.regions import Regions
from core.texture.stage import photograph_of
from tests.core.posed_person import camera, pose, render_mask
from tests.core.texture.test_head import HAIR, SKIN, with_strand

GREEN, RED, BLUE = (0, 255, 0), (200, 40, 40), (40, 40, 200)


@pytest.fixture(scope="module")
def body() -> np.ndarray:
    return pose({}).vertices


@pytest.fixture(scope="module")
def photograph(body: np.ndarray) -> Photograph:
    """A red person before saturated green."""
    mask = render_mask(camera(), body)
    picture = np.where(mask[..., None], np.uint8(RED), np.uint8(GREEN))
    return Photograph.of(picture, mask.astype(np.uint8) * 255, 340.0)


def painted(body: np.ndarray, photograph: Photograph) -> np.ndarray:
    blue = np.tile(np.float32(BLUE), (len(body), 1))
    known = known_at(body, BodyModel.load().triangles, body, Regions.of(blue))
    return paint(body, BodyModel.load().triangles, photograph, camera(), known).astype(int)


def test_front_shows_the_picture_and_back_the_clip(body: np.ndarray, photograph: Photograph) -> None:
    colours, model = painted(body, photograph), BodyModel.load()
    normals = vertex_normals(body, model.triangles)
    torso = model.parts == model.part_names.index("torso")
    front, back = torso & (normals[:, 2] > 0.9) & model.exterior, torso & (normals[:, 2] < -0.5)
    assert np.abs(np.median(colours[front], axis=0) - RED).max() < 10
    assert np.abs(colours[back] - BLUE).max() <= 1


def test_nothing_takes_the_colour_of_the_background(body: np.ndarray, photograph: Photograph) -> None:
    assert painted(body, photograph)[:, 1].max() < 80


def test_memory_of_the_clip_holds_no_background_either(body: np.ndarray, photograph: Photograph) -> None:
    colours, *_ = gather_colours([Glimpse.of(body, photograph, camera())])
    assert colours[:, 1].max() < 80
    assert np.abs(np.median(colours, axis=0) - RED).max() < 10


def test_a_hidden_limb_takes_the_colours_of_its_twin(body: np.ndarray) -> None:
    model, mask = BodyModel.load(), render_mask(camera(), body)
    pixels = camera().project(body)
    picture = np.where(mask[..., None], np.uint8(RED), np.uint8(GREEN))
    left = (model.parts == model.part_names.index("forearm")) & (body[:, 0] > 0)
    low, high = pixels[left].min(axis=0).astype(int) - 8, pixels[left].max(axis=0).astype(int) + 8
    # The left arm is outside of the mask: nothing about it is known.
    mask[low[1] : high[1], low[0] : high[0]] = False
    right = camera().width - high[0], camera().width - low[0]
    picture[low[1] : high[1], right[0] : right[1]] = BLUE
    picture[~mask] = GREEN
    photograph = Photograph.of(picture, mask.astype(np.uint8) * 255, 340.0)
    colours, *_ = gather_colours([Glimpse.of(body, photograph, camera())])
    front = left & (vertex_normals(body, model.triangles)[:, 2] > 0.8)
    assert np.abs(np.median(colours[front], axis=0) - BLUE).max() < 30


def test_a_strand_that_is_seen_from_aside_is_no_skin_from_the_other_temple() -> None:
    model = BodyModel.load()
    colours, strand = with_strand(0.04)
    weight = (model.exterior & (model.mean_vertices[:, 2] > model.landmark_mean[7][2])).astype(np.float32)
    weight[strand] = 0.01
    gathered, *_ = gather_colours([Glimpse(colours, weight, vertex_normals(model.mean_vertices, model.triangles))])
    assert np.abs(gathered[strand] - HAIR).max() < 30
    assert np.abs(gathered[model.mirror[strand]] - SKIN).max() < 30


def test_what_nobody_saw_of_trousers_ends_as_sharply_as_what_was_seen(body: np.ndarray) -> None:
    model, mask = BodyModel.load(), render_mask(camera(), body)
    shin = model.parts == model.part_names.index("shin")
    hem = int(camera().project(body)[shin, 1].mean())
    picture = np.where(mask[..., None], np.uint8(RED), np.uint8(GREEN))
    picture[hem:][mask[hem:]] = BLUE
    colours, *_ = gather_colours(
        [Glimpse.of(body, Photograph.of(picture, mask.astype(np.uint8) * 255, 340.0), camera())]
    )
    behind = colours[shin & model.exterior & (vertex_normals(body, model.triangles)[:, 2] < -0.5)]
    red, blue = (np.abs(behind - colour).max(axis=1) < 40 for colour in (RED, BLUE))
    assert red.mean() > 0.3 and blue.mean() > 0.3
    assert (red | blue).mean() > 0.93


def test_of_a_person_in_profile_the_far_half_looks_like_the_near_one(body: np.ndarray) -> None:
    """Face and shirt, too: the camera sees the left side alone."""
    model, turn = BodyModel.load(), np.array([[0, 0, -1], [0, 1, 0], [1, 0, 0]], np.float32)
    middle = body.mean(axis=0)
    profile = ((body - middle) @ turn.T + middle).astype(np.float32)
    mask = render_mask(camera(), profile)
    picture = np.where(mask[..., None], np.uint8(RED), np.uint8(GREEN))
    head = (model.parts == model.part_names.index("head")) & model.exterior
    rows = camera().project(profile[head])[:, 1]
    picture[: int(rows.max())][mask[: int(rows.max())]] = BLUE
    photograph = Photograph.of(picture, mask.astype(np.uint8) * 255, 340.0)
    colours, known, _ = gather_colours([Glimpse.of(profile, photograph, camera())])
    for part, colour in (("head", BLUE), ("torso", RED)):
        far = (model.parts == model.part_names.index(part)) & model.exterior
        far &= camera().world_to_camera(profile)[:, 2] < camera().world_to_camera(middle)[2] - 0.05
        assert (far & known).sum() > 60
        assert np.abs(np.median(colours[far & known], axis=0) - colour).max() < 20


def test_what_nobody_saw_takes_on_the_light_but_keeps_its_hem() -> None:
    """The front of a leg is seen brighter than its guessed back is; its trousers end above white shoes."""
    model = BodyModel.load()
    place = model.mean_vertices
    leg = model.of_parts("shin", "foot") & (place[:, 0] > 0)
    seen = leg & (place[:, 2] > np.median(place[leg, 2]))
    shoe = place[:, 1] < np.quantile(place[leg, 1], 0.6)
    colours = np.where(shoe[:, None], np.float32(230), np.float32([40, 45, 60]))
    colours = np.where((seen & ~shoe)[:, None], colours + np.float32(20), colours)
    soft = softened(colours, seen)
    assert np.array_equal(soft[seen], colours[seen])
    behind = leg & ~seen
    # Nothing lies between trousers and shoes.
    assert ((soft[behind & ~shoe].mean(axis=1) < 80) | (soft[behind & ~shoe].mean(axis=1) > 215)).all()
    assert soft[behind & shoe].min() > 215
    border = behind & ~shoe & (neighbour_average() @ seen.astype(np.float32) > 0.3)
    assert soft[border].mean() > colours[border].mean() + 4


def test_what_another_thing_hides_is_not_trusted(body: np.ndarray, photograph: Photograph) -> None:
    model = BodyModel.load()
    normals = vertex_normals(body, model.triangles)
    chest = (model.parts == model.part_names.index("torso")) & (normals[:, 2] > 0.9) & model.exterior
    free = trust(body, normals, MeshCaster(body, model.triangles), camera(), photograph)
    corners = np.array([[-1, -1, 0.6], [1, -1, 0.6], [1, 1, 0.6], [-1, 1, 0.6]], np.float32) * [0.6, 1.0, 1.0]
    sheet = np.array([[0, 1, 2], [0, 2, 3]]) + len(body)
    occluded = MeshCaster(np.concatenate([body, corners]), np.concatenate([model.triangles, sheet]))
    assert np.median(free[chest]) > 0.9
    assert trust(body, normals, occluded, camera(), photograph)[chest].max() == 0.0


def test_a_part_of_a_picture_tells_the_same_as_the_whole(demo_job: Job) -> None:
    reader = ClipReader(demo_job)
    for number in reader.numbers[:2]:
        part, mask = photograph_of(reader, number), reader.mask(number)
        whole = Photograph.of(reader.picture(number), mask, reader.crops[number].side * 0.8, reader.covered(number))
        assert part.picture.size < whole.picture.size
        pixels = reader.camera.project(reader.body(number))
        assert part.purities(pixels) == pytest.approx(whole.purities(pixels), abs=1e-5)
        apart = np.abs(part.colours(pixels) - whole.colours(pixels))
        # OpenCV looks in 32nds of a pixel, and rounds another way now and then.
        assert apart.max() <= 255 / 32 and (apart > 1.0).mean() < 1e-4
        crop = reader.crops[number]
        inside = cut_mask(mask / 255, crop, 256) > 0.5
        assert np.abs(part.cut(crop, 256)[inside].astype(int) - whole.cut(crop, 256)[inside]).max() <= 1


def test_nobody_in_the_mask_leaves_the_whole_picture(demo_job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = ClipReader(demo_job)
    number = reader.numbers[0]
    nobody = np.zeros_like(reader.mask(number))
    monkeypatch.setattr(reader, "mask", lambda number: nobody)
    assert photograph_of(reader, number).picture.shape == reader.picture(number).shape


def test_real_frames_are_neither_grey_nor_empty(demo_job: Job) -> None:
    for number in demo_job.finished_frames():
        _, _, colours = read_ply(demo_job.mesh_path(number))
        assert np.asarray(colours, float).std(axis=0).min() > 10
