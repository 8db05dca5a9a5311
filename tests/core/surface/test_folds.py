"""Folds from shading: cloth whose folds are known, lit by a wide sky; prints; noise."""

import cv2
import numpy as np
import pytest

from core.spaces import CROP_HALF
from core.surface.folds import folds

SIZE = 256
PIXEL = 2 * CROP_HALF / SIZE
INNER = (slice(60, 196), slice(60, 196))


def mask() -> np.ndarray:
    solid = np.zeros((SIZE, SIZE), np.float32)
    solid[40:216, 40:216] = 1.0
    return solid


def cloth(height: np.ndarray, colour: tuple[float, float, float] = (90, 110, 140)) -> np.ndarray:
    """(SIZE, SIZE, 3) uint8: cloth of this height, darker where it is turned aside and in valleys, on white."""
    slope = np.linalg.norm(np.stack(np.gradient(height, PIXEL)), axis=0)
    open_sky = height - cv2.GaussianBlur(height, (0, 0), 8)
    shading = np.clip(0.85 + 60 * open_sky - 0.1 * slope, 0.2, 1.2)
    picture = np.where(mask()[..., None] > 0, shading[..., None] * np.array(colour), 255.0)
    return np.clip(picture, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("length", [0.03, 0.06, 0.1])
@pytest.mark.parametrize("across", [True, False])
def test_dark_valleys_become_deep(length: float, across: bool) -> None:
    places = (np.arange(SIZE) + 0.5) * PIXEL
    wave = 0.002 * np.cos(2 * np.pi / length * places)
    height = np.broadcast_to(wave[:, None] if across else wave, (SIZE, SIZE)).astype(np.float32)
    found = folds(cloth(height), mask())
    assert np.corrcoef(found[INNER].ravel(), height[INNER].ravel())[0, 1] > 0.9
    # Millimetres, not centimetres: canonical units are about two metres.
    assert 0.0003 < np.std(found[INNER]) < 0.004


def test_the_colour_of_the_cloth_does_not_change_its_folds() -> None:
    wave = 0.002 * np.cos(2 * np.pi / 0.06 * (np.arange(SIZE) + 0.5) * PIXEL)
    height = np.broadcast_to(wave, (SIZE, SIZE)).astype(np.float32)
    light, dark = (folds(cloth(height, colour), mask())[INNER] for colour in ((180, 170, 160), (60, 80, 70)))
    assert np.corrcoef(light.ravel(), dark.ravel())[0, 1] > 0.98
    assert np.std(dark) == pytest.approx(np.std(light), rel=0.25)


def test_a_print_is_no_fold() -> None:
    """A step of a fold's contrast rises; one of another colour hardly more, though it is ten times as strong."""
    flat = np.zeros((SIZE, SIZE), np.float32)
    shaded, printed = cloth(flat), cloth(flat)
    shaded[:, 128:140] = (0.8 * shaded[:, 128:140]).astype(np.uint8)
    printed[:, 128:140] = (0.1 * printed[:, 128:140]).astype(np.uint8)
    shallow, edge = (np.abs(folds(picture, mask())[INNER]).max() for picture in (shaded, printed))
    assert edge < shallow


def test_nothing_outside_the_mask_nor_of_a_plain_person() -> None:
    flat = cloth(np.zeros((SIZE, SIZE), np.float32))
    assert np.abs(folds(flat, mask())).max() < 1e-6
    assert not folds(flat, np.zeros((SIZE, SIZE), np.float32)).any()
    wave = np.broadcast_to(0.002 * np.cos(2 * np.pi / 0.06 * np.arange(SIZE) * PIXEL), (SIZE, SIZE))
    assert not folds(cloth(wave.astype(np.float32)), mask())[mask() == 0].any()
