"""Cloth that nobody looked at has the grain and the folds of what was seen of it; skin, logos and prints give none."""

import numpy as np
import pytest

from core.body.model import BodyModel
from core.face.body_face import face_share
from core.render import vertex_normals
from core.texture.grain import LOWER, SIZE, Grain, clearest, find_grain
from core.texture.paint import Known, paint
from core.texture.projection import Photograph
from core.texture.unwrap import Texels, nearest_uv, texels_of
from tests.core.posed_person import camera, pose, render_mask

BODY = BodyModel.load()
NORMALS = vertex_normals(BODY.mean_vertices, BODY.triangles)
CLOTH, SKIN = (110.0, 120.0, 90.0), (200.0, 150.0, 120.0)
NAKED = BODY.of_parts("hand") | (face_share() > 0)
TORSO = BODY.of_parts("torso")


@pytest.fixture(scope="module")
def texels() -> Texels:
    return texels_of(SIZE)


@pytest.fixture(scope="module")
def facing(texels: Texels) -> np.ndarray:
    """(N,) of every texel, 1 where it faces the camera."""
    return texels.interpolate(NORMALS[:, 2:])[:, 0]


def dressed() -> np.ndarray:
    return np.where(NAKED[:, None], np.float32(SKIN), np.float32(CLOTH))


def spots(texels: Texels, strength: float) -> np.ndarray:
    """(N, 3) blotches some centimetres wide, of that standard deviation, all over the body."""
    import cv2

    noise = np.random.default_rng(0).normal(size=(SIZE, SIZE)).astype(np.float32)
    soft = cv2.GaussianBlur(noise, (0, 0), 3.0)
    return (strength / soft.std() * soft)[texels.rows, texels.columns, None] * np.ones(3, np.float32)


def flat(colours: np.ndarray) -> np.ndarray:
    """(N, 4) colours (N, 3) of cloth without folds."""
    return np.pad(colours, ((0, 0), (0, 1))).astype(np.float32)


def found(texels: Texels, facing: np.ndarray, colours: np.ndarray) -> np.ndarray:
    """(N, 3) the grain of colours (N, 3) of which only the front is seen."""
    return find_grain(texels, [(flat(colours), (facing > 0.3).astype(np.float32))], dressed()).of(texels)


def of_torso(texels: Texels) -> np.ndarray:
    return texels.interpolate(TORSO.astype(np.float32)[:, None])[:, 0] > 0.99


def test_the_back_of_camouflage_is_camouflage(texels: Texels, facing: np.ndarray) -> None:
    grain = found(texels, facing, texels.interpolate(dressed()) + spots(texels, 12.0))
    back = of_torso(texels) & (facing < -0.3)
    assert 8.0 < grain[back].std() < 15.0
    assert np.abs(grain[back].mean()) < 1.5
    # Not one spot everywhere: no two places a patch apart are alike.
    picture = np.zeros((SIZE, SIZE), np.float32)
    picture[texels.rows, texels.columns] = grain[:, 0]
    for away in (24, 48):
        shifted = np.roll(picture, away, axis=1)[texels.rows, texels.columns]
        assert abs(np.corrcoef(grain[back, 0], shifted[back])[0, 1]) < 0.2


def test_skin_and_plain_cloth_have_none(texels: Texels, facing: np.ndarray) -> None:
    plain = texels.interpolate(dressed())
    assert np.abs(found(texels, facing, plain)[of_torso(texels)]).max() < 1.0
    naked = texels.interpolate(NAKED.astype(np.float32)[:, None])[:, 0] > 0.99
    assert np.abs(found(texels, facing, plain + spots(texels, 12.0))[naked]).max() < 0.5


def test_a_body_whose_skin_is_bare_has_none_anywhere(texels: Texels, facing: np.ndarray) -> None:
    bare = np.tile(np.float32(SKIN), (len(NORMALS), 1))
    shown = [(flat(np.float32(SKIN) + spots(texels, 12.0)), (facing > 0.3).astype(np.float32))]
    assert not find_grain(texels, shown, bare).picture.any()


def test_a_logo_is_not_repeated(texels: Texels, facing: np.ndarray) -> None:
    places = texels.interpolate(BODY.mean_vertices)
    middle = BODY.mean_vertices[TORSO].mean(axis=0)
    logo = of_torso(texels) & (facing > 0.3) & (np.abs(places - middle)[:, :2] < 0.03).all(axis=1)
    assert logo.sum() > 200
    colours = texels.interpolate(dressed()) + spots(texels, 4.0) + 100.0 * logo[:, None]
    back = found(texels, facing, colours)[of_torso(texels) & (facing < -0.3)]
    assert 2.5 < back.std() < 6.0
    assert np.abs(back).max() < 40.0


def test_a_print_is_not_cut_up(texels: Texels, facing: np.ndarray) -> None:
    assert not found(texels, facing, texels.interpolate(dressed()) + spots(texels, 80.0)).any()


def test_what_the_frames_trust_more_counts(texels: Texels, facing: np.ndarray) -> None:
    clean, spotted = flat(texels.interpolate(dressed())), flat(texels.interpolate(dressed()) + spots(texels, 12.0))
    sure, vague = (facing > 0.3).astype(np.float32), 0.95 * (facing > 0.3).astype(np.float32)
    for first, second in (((spotted, sure), (clean, vague)), ((clean, vague), (spotted, sure))):
        assert find_grain(texels, [first, second], dressed()).of(texels)[of_torso(texels)].std() > 8.0


def test_a_posed_mesh_has_the_grain_of_its_places_on_the_body() -> None:
    texels, posed = texels_of(SIZE), pose({}).vertices
    height = np.zeros((SIZE, SIZE, 3), np.float32)
    height[texels.rows, texels.columns] = 100.0 * texels.interpolate(BODY.mean_vertices)
    clothes = posed + 0.01 * vertex_normals(posed, BODY.triangles)
    grain = Grain(height, np.zeros((SIZE, SIZE), np.float32))
    shown = grain.colours(nearest_uv(clothes, BODY.triangles, posed))
    inner = TORSO & BODY.exterior
    away = np.linalg.norm(shown - 100.0 * BODY.mean_vertices, axis=1)[inner]
    # Centimetres; along seams of the atlas the next texel is nothing's.
    assert np.median(away) < 0.7
    assert np.quantile(away, 0.9) < 2.0


def test_the_back_has_folds_like_those_in_front(texels: Texels, facing: np.ndarray) -> None:
    rise = 0.0001 * spots(texels, 10.0)[:, :1]
    shown = np.hstack([texels.interpolate(dressed()) + spots(texels, 6.0), rise]).astype(np.float32)
    relief = find_grain(texels, [(shown, (facing > 0.3).astype(np.float32))], dressed()).relief
    back = of_torso(texels) & (facing < -0.3)
    assert relief[texels.rows, texels.columns][back].std() == pytest.approx(LOWER * 0.001, rel=0.25)


def test_a_mesh_is_raised_where_it_is_turned_away_from_the_camera() -> None:
    body = pose({}).vertices
    normals = vertex_normals(body, BODY.triangles)
    grain = Grain(np.zeros((SIZE, SIZE, 3), np.float32), np.full((SIZE, SIZE), 0.004, np.float32))
    moved = grain.raised(body, BODY.triangles, nearest_uv(body, BODY.triangles, body), camera()) - body
    behind, front = normals[:, 2] < -0.5, normals[:, 2] > 0.5
    assert np.allclose(moved[behind], 0.004 * normals[behind], atol=1e-5)
    assert not moved[front].any()


def test_grain_is_painted_where_the_picture_shows_nothing() -> None:
    body = pose({}).vertices
    mask = render_mask(camera(), body)
    photograph = Photograph.of(np.full((*mask.shape, 3), 80, np.uint8), mask.astype(np.uint8) * 255, 340.0)
    known = Known(np.full((len(body), 3), 100, np.float32), np.zeros(len(body), np.float32), np.float32(20.0))
    normals = vertex_normals(body, BODY.triangles)
    colours = paint(body, BODY.triangles, photograph, camera(), known)
    assert (colours[TORSO & (normals[:, 2] < -0.5)] == 120).all()
    assert np.median(colours[TORSO & BODY.exterior & (normals[:, 2] > 0.9)]) == 80


def test_the_clearest_frames_show_different_sides() -> None:
    front, back = (np.clip(side * NORMALS[:, 2], 0.0, 1.0) for side in (1, -1))
    assert sorted(clearest([0.9 * front, front, 0.2 * back, 0.9 * back])[:2]) == [1, 3]
    assert clearest([front]) == [0]
