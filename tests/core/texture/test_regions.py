"""Colours between the body's vertices: a hem is a line, shades run into each other."""

import numpy as np
import pytest
import trimesh

from core.body.model import BodyModel
from core.texture.paint import known_at
from core.texture.regions import Regions, main_colours

MODEL = BodyModel.load()
SHIRT, TROUSERS = np.float32([200, 40, 40]), np.float32([20, 20, 60])
HEIGHT = MODEL.mean_vertices[:, 1]
HEM = float(np.median(HEIGHT[MODEL.of_parts("torso")]))


def in_shirt_and_trousers() -> np.ndarray:
    return np.where((HEIGHT > HEM)[:, None], SHIRT, TROUSERS).astype(np.float32)


@pytest.fixture(scope="module")
def between() -> tuple[np.ndarray, np.ndarray]:
    """Corners (N, 3) and weights (N, 3) of places all over the trunk, in triangles."""
    rng = np.random.default_rng(0)
    trunk = MODEL.triangles[(MODEL.of_parts("torso") & MODEL.exterior)[MODEL.triangles].all(axis=1)]
    return np.repeat(trunk, 10, axis=0), rng.dirichlet(np.ones(3), 10 * len(trunk)).astype(np.float32)


def test_a_hem_is_a_line(between: tuple[np.ndarray, np.ndarray]) -> None:
    colours = Regions.of(in_shirt_and_trousers()).mix(*between)
    away = np.minimum(np.abs(colours - SHIRT).max(axis=1), np.abs(colours - TROUSERS).max(axis=1))
    assert away.max() < 1.0


def test_the_line_is_where_the_colours_change(between: tuple[np.ndarray, np.ndarray]) -> None:
    corners, weights = between
    colours = Regions.of(in_shirt_and_trousers()).mix(corners, weights)
    height = (HEIGHT[corners] * weights).sum(axis=1)
    assert np.abs(colours[height > HEM + 0.03] - SHIRT).max() < 1
    assert np.abs(colours[height < HEM - 0.03] - TROUSERS).max() < 1


def test_shades_of_one_cloth_run_into_each_other(between: tuple[np.ndarray, np.ndarray]) -> None:
    corners, weights = between
    shaded = (100.0 + 60.0 * MODEL.mean_vertices).astype(np.float32)
    regions = Regions.of(shaded)
    assert len(np.unique(regions.labels[MODEL.of_parts("torso")])) == 1
    linear = (shaded[corners] * weights[..., None]).sum(axis=1)
    assert regions.mix(corners, weights) == pytest.approx(linear, abs=0.01)


def test_a_speck_is_no_region() -> None:
    speckled = in_shirt_and_trousers()
    chest = np.flatnonzero(MODEL.of_parts("torso") & MODEL.exterior & (HEIGHT > HEM + 0.1))[:1]
    speckled[chest] = 255.0
    assert Regions.of(speckled).shares.shape[1] == Regions.of(in_shirt_and_trousers()).shares.shape[1]


def test_on_a_finer_mesh_a_hem_has_no_teeth() -> None:
    """It is about as long as a level cut; teeth made it a fifth longer."""
    body = MODEL.mean_vertices
    dense = trimesh.Trimesh(body, MODEL.triangles[MODEL.of_parts("torso")[MODEL.triangles].all(axis=1)]).subdivide()
    colours = known_at(dense.vertices, dense.faces, body, Regions.of(in_shirt_and_trousers())).colours
    share = ((colours - TROUSERS) @ (SHIRT - TROUSERS)) / float(((SHIRT - TROUSERS) ** 2).sum())
    hem = np.linalg.norm(np.diff(line(dense, share - 0.5), axis=1), axis=2).sum()
    level = np.linalg.norm(np.diff(line(dense, dense.vertices[:, 1] - HEM), axis=1), axis=2).sum()
    assert hem < 1.1 * level


def line(mesh: trimesh.Trimesh, values: np.ndarray) -> np.ndarray:
    """(N, 2, 3) where values of the vertices, linear between them, are 0."""
    crossed = np.sort(values[mesh.faces], axis=1)
    faces = mesh.faces[(crossed[:, 0] < 0) & (crossed[:, 2] >= 0)]
    ends = []
    for a, b in ((0, 1), (1, 2), (2, 0)):
        first, second = values[faces[:, a]], values[faces[:, b]]
        with np.errstate(divide="ignore", invalid="ignore"):
            way = (first / (first - second))[:, None]
        at = mesh.vertices[faces[:, a]] + way * (mesh.vertices[faces[:, b]] - mesh.vertices[faces[:, a]])
        ends.append(np.where(((first < 0) != (second < 0))[:, None], at, np.nan))
    points = np.stack(ends, axis=1)
    return points[np.isfinite(points).all(axis=2)].reshape(-1, 2, 3)


def test_main_colours_are_those_of_cloth_and_not_of_the_hem_between() -> None:
    """Over four centimetres the shirt runs into the trousers: a ring of shades, long but narrow."""
    share = np.clip((HEIGHT - HEM) / 0.04 + 0.5, 0.0, 1.0)[:, None]
    found = main_colours((TROUSERS + share * (SHIRT - TROUSERS)).astype(np.float32), MODEL.exterior)
    assert len(found) == 2
    assert np.abs(np.sort(found, axis=0) - np.sort([SHIRT, TROUSERS], axis=0)).max() < 3


def test_one_cloth_in_light_and_in_shade_is_one_colour() -> None:
    blue, shaded, skin = np.float32([90, 125, 185]), np.float32([58, 78, 112]), np.float32([210, 160, 130])
    lit = np.where((HEIGHT > HEM)[:, None], blue, shaded)
    bare = MODEL.of_parts("head", "hand", "forearm", "foot")[:, None]
    assert len(main_colours(np.where(bare, skin, lit), MODEL.exterior)) == 2
    assert len(main_colours(np.where(bare, skin, in_shirt_and_trousers()), MODEL.exterior)) == 3


def test_who_wears_no_region_has_the_mean_colour() -> None:
    speckled = np.random.default_rng(0).uniform(0, 255, MODEL.mean_vertices.shape).astype(np.float32)
    assert main_colours(speckled, MODEL.exterior) == pytest.approx(
        speckled[MODEL.exterior].mean(axis=0)[None], abs=0.01
    )
