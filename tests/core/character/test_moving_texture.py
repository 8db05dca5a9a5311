"""A frame's picture over the clip's texture: where the camera sees the person, and only there."""

import numpy as np
import pytest

from core.body.model import BodyModel
from core.character.moving_texture import laid_over
from core.render import MeshCaster, vertex_normals
from core.texture.projection import Photograph
from core.texture.unwrap import texels_of
from tests.core.posed_person import camera

SIZE = 512
STILL, LIGHT = 150, 185


def over(spot: tuple[int, int, int], radius: int) -> tuple[np.ndarray, np.ndarray]:
    """Texels (N, 3) after a picture of LIGHT was laid over a texture of STILL, with a round spot on the chest, pixels
    in radius; and which of them show the spot's middle."""
    model, view, texels = BodyModel.load(), camera(), texels_of(SIZE)
    vertices = model.mean_vertices
    seen = MeshCaster(vertices, model.triangles).render(view, view.width, view.height).depth
    mask = np.where(np.isfinite(seen), 255, 0).astype(np.uint8)
    chest = view.project(vertices[model.of_parts("torso") & (vertices[:, 2] > 0.05)].mean(axis=0)[None])[0]
    y, x = np.mgrid[: mask.shape[0], : mask.shape[1]]
    away = np.hypot(x + 0.5 - chest[0], y + 0.5 - chest[1])
    picture = np.where((away < radius)[..., None], np.uint8(spot), np.uint8(LIGHT)).astype(np.uint8)
    photograph = Photograph.of(picture, mask, float(np.ptp(view.project(vertices)[:, 1])))
    shown = laid_over(np.full((SIZE, SIZE, 3), STILL, np.uint8), texels, vertices, photograph, view)
    places = texels.interpolate(vertices)
    middle = np.linalg.norm(view.project(places) - chest, axis=1) < 0.5 * radius
    return shown[texels.rows, texels.columns], middle & (places[:, 2] > 0.05)


def test_what_is_large_and_of_another_colour_is_another_thing() -> None:
    ball, middle = over((20, 250, 20), 40)
    assert middle.sum() > 100
    assert np.abs(ball[middle].astype(int) - STILL).max(axis=1).mean() < 40


def test_what_is_small_is_seen() -> None:
    """As an eye that closes is, or a mouth that opens."""
    eye, middle = over((20, 250, 20), 4)
    assert middle.sum() > 3
    assert np.abs(eye[middle].astype(int) - [20, 250, 20]).mean() < 60


@pytest.fixture(scope="module")
def laid() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Levels of the texels after a picture of LIGHT was laid over a texture of STILL; how far their places face the
    camera, as a cosine; and whether the camera sees them."""
    model, view, texels = BodyModel.load(), camera(), texels_of(SIZE)
    vertices = model.mean_vertices
    caster = MeshCaster(vertices, model.triangles)
    seen = caster.render(view, view.width, view.height).depth
    mask = np.where(np.isfinite(seen), 255, 0).astype(np.uint8)
    picture = np.full((*mask.shape, 3), LIGHT, np.uint8)
    photograph = Photograph.of(picture, mask, float(np.ptp(view.project(vertices)[:, 1])))
    still = np.full((SIZE, SIZE, 3), STILL, np.uint8)
    result = laid_over(still, texels, vertices, photograph, view)[texels.rows, texels.columns, 0]
    places = texels.interpolate(vertices)
    normals = texels.interpolate(vertex_normals(vertices, model.triangles))
    towards = view.camera_to_world[:3, 3] - places
    cosine = (normals * towards).sum(axis=1) / np.linalg.norm(towards, axis=1) / np.linalg.norm(normals, axis=1)
    return result, cosine, caster.visible(places + 0.004 * normals, view)


def test_what_the_camera_faces_has_the_pictures_light(laid: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    levels, cosine, visible = laid
    facing = (cosine > 0.8) & visible
    assert facing.sum() > 1000
    assert (np.abs(levels[facing].astype(int) - LIGHT) < 6).mean() > 0.9


def test_behind_and_where_it_is_covered_the_texture_stays(laid: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    levels, cosine, visible = laid
    hidden = (cosine < -0.1) | ~visible
    assert hidden.sum() > 1000
    assert (levels[hidden] == STILL).mean() > 0.98


def test_in_between_there_is_no_step(laid: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    levels, cosine, visible = laid
    means = [levels[visible & (np.abs(cosine - at) < 0.05)].mean() for at in np.arange(0.1, 0.7, 0.1)]
    assert (np.diff(means) > -5).all()
    assert np.diff(means).max() < 0.7 * (LIGHT - STILL)
