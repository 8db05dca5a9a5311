"""An arm before a shirt, which the picture shows a centimetre beside where the surface has it."""

import numpy as np
import pytest

from core.render import MeshCaster
from core.spaces import Camera
from core.texture.limbs import clear_of_limbs, clearance
from core.texture.paint import Known, paint
from core.texture.projection import Photograph
from tests.core.posed_person import camera

SKIN, SHIRT = (220, 180, 160), (230, 20, 90)
# Metres: half of the shirt's and of the arm's width, and how far the arm is in front.
WIDE, NARROW, BEFORE = 0.3, 0.05, 0.15


def sheet(half: float, depth: float) -> tuple[np.ndarray, np.ndarray]:
    """An upright sheet before the camera, a vertex every 4 mm, as wide as told and WIDE high."""
    x, y = np.meshgrid(np.arange(-half, half, 0.004), np.arange(1.0 - WIDE, 1.0 + WIDE, 0.004))
    vertices = np.stack([x, y, np.full_like(x, depth)], axis=-1).reshape(-1, 3).astype(np.float32)
    corner = np.arange(x.size).reshape(x.shape)
    a, b, c, d = corner[:-1, :-1].ravel(), corner[:-1, 1:].ravel(), corner[1:, 1:].ravel(), corner[1:, :-1].ravel()
    return vertices, np.concatenate([np.stack([a, b, c], axis=1), np.stack([a, c, d], axis=1)])


@pytest.fixture(scope="module")
def scene() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Vertices, faces, and which vertices are the arm's."""
    shirt, cloth = sheet(WIDE, 0.0)
    arm, skin = sheet(NARROW, BEFORE)
    return (
        np.concatenate([shirt, arm]),
        np.concatenate([cloth, skin + len(shirt)]),
        np.arange(len(shirt) + len(arm)) >= len(shirt),
    )


def filmed(scene: tuple[np.ndarray, np.ndarray, np.ndarray], view: Camera, beside: float) -> Photograph:
    """The picture of the scene, with the arm so many metres beside its place."""
    vertices, faces, is_arm = scene
    moved = vertices + np.float32([beside, 0, 0]) * is_arm[:, None]
    hits = MeshCaster(moved, faces).render(view, view.width, view.height)
    mask = np.isfinite(hits.depth)
    picture = np.zeros((view.height, view.width, 3), np.uint8)
    picture[mask] = np.where(is_arm[faces[hits.face[mask], 0]][:, None], np.uint8(SKIN), np.uint8(SHIRT))
    return Photograph.of(picture, mask.astype(np.uint8) * 255, 340.0)


@pytest.mark.parametrize("beside", [-0.015, 0.015])
def test_an_arm_that_is_off_is_not_printed_on_the_shirt(
    scene: tuple[np.ndarray, np.ndarray, np.ndarray], beside: float
) -> None:
    vertices, faces, is_arm = scene
    known = np.where(is_arm[:, None], np.float32(SKIN), np.float32(SHIRT))
    painted = paint(
        vertices, faces, filmed(scene, camera(), beside), camera(), Known(known, np.ones(len(known), np.float32))
    )
    wrong = np.abs(painted - known).max(axis=1) > 60
    # Of an arm that is 1.5 cm off there would be a stripe on both, of 150 vertices' length and three wide.
    assert wrong.sum() < 40


def test_what_the_clip_does_not_know_stays_away_from_limbs(scene: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    """A stain on the shirt, far from the arm, is the picture's."""
    vertices, faces, is_arm = scene
    photograph = filmed(scene, camera(), 0.0)
    stain = ~is_arm & (np.abs(vertices - [0.2, 1.0, 0.0]) < 0.04).all(axis=1)
    pixels = camera().project(vertices[stain]).astype(int)
    photograph.picture[pixels[:, 1].min() : pixels[:, 1].max(), pixels[:, 0].min() : pixels[:, 0].max()] = 0
    known = np.where(is_arm[:, None], np.float32(SKIN), np.float32(SHIRT))
    painted = paint(vertices, faces, photograph, camera(), Known(known, np.ones(len(known), np.float32)))
    assert np.median(painted[stain].max(axis=1)) < 30


def test_clearance_grows_with_the_distance_from_an_edge(scene: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    vertices, faces, _ = scene
    view = camera()
    clear = clearance(filmed(scene, view, 0.0), MeshCaster(vertices, faces), view, 0.02)
    row = int(view.project(np.array([[0.0, 1.0, 0.0]]))[0, 1])
    at = {
        x: clear[row, int(view.project(np.array([[x, 1.0, depth]]))[0, 0])]
        for x, depth in ((0.0, BEFORE), (NARROW, BEFORE), (0.09, 0.0), (0.17, 0.0))
    }
    assert at[NARROW] < 0.2 < at[0.09] <= at[0.17] == 1.0


def test_a_photograph_is_trusted_less_along_limbs_and_nowhere_more(
    scene: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    vertices, faces, _ = scene
    photograph = filmed(scene, camera(), 0.0)
    cleared = clear_of_limbs(photograph, MeshCaster(vertices, faces), camera())
    assert (cleared.purity <= photograph.purity).all()
    edge = camera().project(np.array([[NARROW, 1.0, BEFORE]]))
    assert cleared.purities(edge)[0] < 0.3 < photograph.purities(edge)[0]
