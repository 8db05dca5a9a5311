"""Landmarks of many views met in space."""

from dataclasses import replace

import numpy as np
import pytest

from core.render import CameraView, MeshCaster
from core.training.scans.albedo import Albedo
from core.training.scans.landmarks import VIEWS, find_landmarks, picture, triangulate
from core.training.scans.normalise import normalised
from core.training.scans.views import camera_at
from tests.core.training.scans.synthetic_scans import person, person_scan, sphere

SWAPPED = np.array([0, 4, 5, 6, 1, 2, 3, 8, 7, 10, 9] + [n + (1 if n % 2 else -1) for n in range(11, 33)])


def rays(truth: np.ndarray, rng: np.random.Generator, wrong: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Rays (views, 33, 3) with noise of a pixel and a half; in the views `wrong` left and right are mistaken."""
    origins, directions = [], []
    for number in range(VIEWS):
        view = CameraView(camera_at(2 * np.pi * number / VIEWS), 512, 512)
        pixels = view.pixels(truth) + rng.normal(0, 1.5, (33, 2))
        start, along = view.rays(pixels[SWAPPED] if number in wrong else pixels)
        origins.append(start)
        directions.append(along / np.linalg.norm(along, axis=1, keepdims=True))
    return np.stack(origins), np.stack(directions)


def test_views_that_mistake_left_for_right_are_outvoted() -> None:
    truth = (person().landmarks - [0, 0.9, 0]) * 0.46
    rng = np.random.default_rng(0)
    found = triangulate(*rays(truth, rng, (4, 5, 6)), rng.uniform(0.6, 1.0, (VIEWS, 33)))
    errors = np.linalg.norm(found.points - truth, axis=1)
    # Canonical units: two centimetres, on the head where both sides are close; one elsewhere.
    assert errors.max() < 0.010 and errors[11:].max() < 0.007
    assert found.trust == pytest.approx(1.0)


def test_a_scan_without_colours_is_shown_like_skin_under_a_lamp() -> None:
    ball = replace(sphere(4), colours=None)
    view = CameraView(camera_at(0.7), 128, 128)
    shown = picture(ball, MeshCaster(ball.vertices, ball.faces), Albedo(ball), view)
    inwards = replace(ball, faces=ball.faces[:, ::-1].copy())
    assert np.abs(picture(inwards, MeshCaster(ball.vertices, inwards.faces), Albedo(inwards), view) - shown).max() < 2
    middle = shown[24:104, 64].astype(int)
    assert (middle[:, 0] > middle[:, 2] + 5).all()
    assert middle[20].sum() > 1.3 * middle[70].sum()


def test_a_person_without_colours_is_found() -> None:
    truth = person()
    own = replace(person_scan(truth.vertices), uv=None, texture=None)
    scan, scale, offset = normalised(own, np.random.default_rng(0))
    found = find_landmarks(scan, MeshCaster(scan.vertices, scan.faces))
    assert np.linalg.norm((found.points - offset) / scale - truth.landmarks, axis=1).mean() < 0.04
    assert found.trust == pytest.approx(1.0)


def test_a_landmark_that_no_views_agree_on_is_not_trusted() -> None:
    truth = (person().landmarks - [0, 0.9, 0]) * 0.46
    rng = np.random.default_rng(0)
    origins, directions = rays(truth, rng, ())
    lost = directions[:, 15] + rng.normal(0, 0.03, (VIEWS, 3))
    directions[:, 15] = lost / np.linalg.norm(lost, axis=1, keepdims=True)
    found = triangulate(origins, directions, np.full((VIEWS, 33), 0.4))
    assert found.trust[15] < 0.6 < found.trust[16]
