"""Fingers that landmarks show are found; hands that no picture shows are at rest."""

import numpy as np
import pytest
import torch

from core.body.fit import BodyMotion
from core.body.model import BodyModel, forward_kinematics
from core.hands.files import ClipHands
from core.hands.fit import fit_hands
from core.hands.skeleton import CHAINS, HandSkeleton
from tests.core.seen import Seen

FRAMES, FOCAL, SIZE = 5, 1000.0, (1000, 1000)
FIST = np.radians([[30, 0, 0], [40, 0, 0], [60, 0, 0], *([[70, 0, 0], [80, 0, 0], [50, 0, 0]] * 4)])
FLAT = np.zeros((15, 3))


def rotations_of(fingers: np.ndarray, wrist: tuple[float, float, float] = (0, 0, 0)) -> np.ndarray:
    """(FRAMES, B, 3) of a body whose fingers have angles (15, 3) about their joints' axes, both hands alike."""
    model = BodyModel.load()
    rotations = np.zeros((FRAMES, len(model.bone_names), 3), np.float32)
    for side in "LR":
        skeleton = HandSkeleton.of(model, side)
        angles = np.concatenate([np.zeros((1, 3)), [np.radians(wrist)], fingers])
        rotations[:, skeleton.bones] = np.einsum("jik,jk->ji", skeleton.frames, angles)
    return rotations


def landmarks_of(rotations: np.ndarray) -> np.ndarray:
    """(FRAMES, 2, 21, 3) MediaPipe's landmarks of both hands."""
    model = BodyModel.load()
    matrices, joints = forward_kinematics(
        model.bone_parents,
        torch.from_numpy(model.mean_heads)[None],
        torch.from_numpy(rotations),
        torch.zeros(FRAMES, 3),
    )
    hands = []
    for side in "LR":
        skeleton = HandSkeleton.of(model, side)
        points = np.zeros((FRAMES, 21, 3))
        points[:, 0] = joints[:, skeleton.bones[1]]
        for finger, chain in enumerate(CHAINS):
            bones = skeleton.bones[2 + 3 * finger : 5 + 3 * finger]
            points[:, chain[:3]] = joints[:, bones]
            tip = torch.from_numpy(skeleton.tips[finger]).float()
            points[:, chain[3]] = joints[:, bones[2]] + matrices[:, bones[2]] @ tip
        hands.append(points)
    return np.stack(hands, axis=1).astype(np.float32)


def seen(landmarks: np.ndarray, trust: float) -> ClipHands:
    image = np.full((FRAMES, 2, 21, 2), SIZE[0] / 2, np.float32)
    return ClipHands(np.arange(FRAMES), image, landmarks, np.full((FRAMES, 2), trust, np.float32))


def motion() -> BodyMotion:
    """A body at rest."""
    model = BodyModel.load()
    rotations = np.zeros((FRAMES, len(model.bone_names), 3), np.float32)
    joints = np.repeat(model.mean_heads[None], FRAMES, axis=0)
    landmarks = np.repeat(model.landmark_mean[None], FRAMES, axis=0)
    shape = np.zeros(model.shape_count, np.float32)
    return BodyMotion(rotations, np.zeros((FRAMES, 3), np.float32), joints, landmarks, shape, 1.0, FOCAL)


def fitted(hands: ClipHands | None, firmness: float = 1.0) -> BodyMotion:
    seen = Seen(torch.ones(FRAMES - 1, dtype=torch.bool), FOCAL, SIZE)
    return fit_hands(motion(), hands, seen, firmness)  # type: ignore[arg-type]


def degrees_off(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Between the directions along all fingers of two sets of landmarks."""
    ends = [end for chain in CHAINS for end in chain[1:]]
    starts = [start for chain in CHAINS for start in chain[:-1]]
    ways = [points[:, :, ends] - points[:, :, starts] for points in (first, second)]
    cosine = (ways[0] * ways[1]).sum(axis=3) / np.linalg.norm(ways[0], axis=3) / np.linalg.norm(ways[1], axis=3)
    return np.degrees(np.arccos(np.clip(cosine, -1, 1)))


@pytest.mark.parametrize("fingers", [FIST, FLAT], ids=["fist", "flat"])
def test_fingers_are_where_they_are_seen(fingers: np.ndarray) -> None:
    true = landmarks_of(rotations_of(fingers, wrist=(20, 0, 10)))
    # MediaPipe's hands have another size.
    found = landmarks_of(fitted(seen(1.2 * true, 1.0)).rotations)
    at_rest = landmarks_of(fitted(None).rotations)
    assert degrees_off(found, true).mean() < 9
    assert degrees_off(found, true).mean() < 0.4 * degrees_off(at_rest, true).mean()


def test_hands_that_are_not_seen_are_at_rest() -> None:
    fist = landmarks_of(rotations_of(FIST))
    rest = fitted(None)
    np.testing.assert_array_equal(fitted(seen(fist, 0.3)).rotations, rest.rotations)
    curled = HandSkeleton.of(BodyModel.load(), "L")
    flexion = np.einsum("jik,fji->fjk", curled.frames, rest.rotations[:, curled.bones])[0, 2:, 0]
    assert (np.degrees(flexion) > 3).all()
    assert (np.degrees(flexion) < 45).all()


def test_both_hands_are_mirror_images_and_the_rest_of_the_body_stays() -> None:
    model = BodyModel.load()
    rest = fitted(None)
    vertices = model.vertices(rest.shape, 1.0, rest.rotations[0], rest.translation[0])
    mirrored = vertices[model.mirror] * [-1, 1, 1]
    np.testing.assert_allclose(vertices, mirrored, atol=2e-3)
    arm = model.parts == model.part_names.index("forearm")
    before = model.vertices(rest.shape, 1.0, np.zeros_like(rest.rotations[0]), rest.translation[0])
    np.testing.assert_allclose(vertices[arm], before[arm], atol=5e-3)
    # Landmarks and joints follow.
    assert np.abs(rest.landmarks - motion().landmarks).max() > 0.002
    moved = np.abs(rest.joints - rest.joints[:, :1] - (motion().joints - motion().joints[:, :1])).max(axis=(0, 2))
    assert {name.partition("-")[0] for name in np.array(model.bone_names)[moved > 1e-5]} == {
        f"finger{finger}" for finger in range(1, 6)
    }


def test_fingers_tremble_less_the_firmer_they_are_tied() -> None:
    fist = landmarks_of(rotations_of(FIST))
    noisy = fist + np.random.default_rng(0).normal(0, 0.008, fist.shape).astype(np.float32)
    turns = [fitted(seen(noisy, 1.0), firmness).rotations for firmness in (0.1, 1.0, 5.0)]
    loose, usual, firm = (np.abs(np.diff(rotations, n=2, axis=0)).mean() for rotations in turns)
    assert loose > 1.2 * usual > 1.2 * 1.2 * firm
