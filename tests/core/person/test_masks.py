"""Masks: what is the person stays, what is not goes, and edges follow the picture."""

import cv2
import numpy as np

from core.person.masks import between, body_size, draw_skeleton, keep_person, refine_edges, steady

SHAPE = (300, 200)
# A standing figure, pixels; landmarks that no bone uses sit on the nose.
POINTS = {
    0: (100, 30), 7: (106, 30), 8: (94, 30), 11: (125, 70), 12: (75, 70), 13: (150, 110), 14: (50, 110),
    15: (160, 150), 16: (40, 150), 19: (162, 160), 20: (38, 160), 23: (115, 160), 24: (85, 160), 25: (118, 215),
    26: (82, 215), 27: (120, 270), 28: (80, 270), 29: (118, 276), 30: (82, 276), 31: (128, 280), 32: (72, 280),
}  # fmt: skip
IMAGE = np.array([POINTS.get(number, POINTS[0]) for number in range(33)], np.float32)
SEEN = np.ones(33)


def person() -> np.ndarray:
    """A sure mask with a soft rim: the bones, thickened to limbs, and the head."""
    solid = draw_skeleton(SHAPE, IMAGE, SEEN, 22)
    cv2.circle(solid, (100, 30), 18, (1,), -1)
    return cv2.GaussianBlur(solid.astype(np.float32), (0, 0), 1.5)


def overlap(first: np.ndarray, second: np.ndarray) -> float:
    return float(((first > 0.5) & (second > 0.5)).sum() / ((first > 0.5) | (second > 0.5)).sum())


def test_a_clean_mask_stays() -> None:
    assert overlap(keep_person(person(), IMAGE, SEEN), person()) > 0.99


def test_other_pieces_and_unsure_areas_go() -> None:
    mask = person()
    mask[20:60, 150:190] = 1.0  # something else, sure
    mask[200:280, 130:190] = np.maximum(mask[200:280, 130:190], 0.7)  # background taken along, unsure
    kept = keep_person(mask, IMAGE, SEEN)
    assert kept[20:60, 150:190].max() < 0.5
    assert kept[220:270, 155:185].max() < 0.5
    assert overlap(kept, person()) > 0.93
    assert overlap(mask, person()) < 0.75


def test_pinholes_close_and_the_gap_beside_an_arm_stays() -> None:
    mask = person()
    trunk_hole = (slice(110, 113), slice(98, 101))
    mask[trunk_hole] = 0.0
    kept = keep_person(mask, IMAGE, SEEN)
    assert kept[trunk_hole].min() >= 0.5
    # Between the right forearm and the trunk there is background.
    assert person()[145, 64] < 0.1
    assert kept[145, 64] < 0.1


def test_a_blurred_limb_stays() -> None:
    mask = person()
    forearm = draw_skeleton(SHAPE, IMAGE, np.isin(np.arange(33), [13, 15, 19]).astype(float), 14) > 0
    forearm[:130] = False
    mask[forearm] = np.minimum(mask[forearm], 0.6)
    kept = keep_person(mask, IMAGE, SEEN)
    assert (kept[forearm] >= 0.5).mean() > 0.95


def test_flicker_is_averaged_and_motion_is_not() -> None:
    still = np.full((4, 4), 0.5, np.float32)
    here = still + 0.06
    steadied = steady(here, 1.0, [(still, 1.0 - 1 / 60), (still, 1.0 + 1 / 60)])
    assert np.abs(steadied - 0.5).max() < 0.03
    # A limb that is here in this frame only.
    limb, nothing = np.ones((4, 4), np.float32), np.zeros((4, 4), np.float32)
    assert steady(limb, 1.0, [(nothing, 1.0 - 1 / 60), (nothing, 1.0 + 1 / 60)]).min() > 0.99
    # Frames far apart in time have no say.
    assert np.allclose(steady(here, 1.0, [(still, 0.8), (still, 1.2)]), here, atol=1e-3)


def test_the_edge_moves_to_the_pictures_edge() -> None:
    rows, columns = np.mgrid[:200, :200]
    true = np.hypot(rows - 100, columns - 100) < 60
    picture = np.where(true[..., None], [200, 60, 40], [60, 90, 160]).astype(np.uint8)
    rough = cv2.GaussianBlur((np.hypot(rows - 100, columns - 100) < 57).astype(np.float32), (0, 0), 2)
    refined = refine_edges(rough, picture, height=300)
    assert overlap(refined, true) > overlap(rough, true) + 0.04
    assert overlap(refined, true) > 0.95


def test_a_mask_between_two_frames_lies_between_them() -> None:
    shift = np.array([40, 0], np.float32)
    moved = cv2.warpAffine(person(), np.array([[1, 0, 40], [0, 1, 0]], np.float32), SHAPE[::-1])
    halfway = cv2.warpAffine(person(), np.array([[1, 0, 20], [0, 1, 0]], np.float32), SHAPE[::-1])
    mask = between((person(), IMAGE), (moved, IMAGE + shift), IMAGE + shift / 2, 0.5)
    assert overlap(mask, halfway) > 0.95


def test_an_empty_mask_is_survived() -> None:
    nothing = np.zeros(SHAPE, np.float32)
    assert not keep_person(nothing, IMAGE, SEEN).any()
    assert not refine_edges(nothing, np.zeros((*SHAPE, 3), np.uint8), body_size(IMAGE)).any()
