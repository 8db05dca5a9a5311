"""A body before a camera that turns: still in axes that do not turn with it."""

import numpy as np
import torch
from scipy.spatial.transform import Rotation

from core.body.fit import BodyMotion


def test_who_stands_still_before_a_panning_camera_stands_still() -> None:
    turns = Rotation.from_euler("y", 3.0 * np.arange(10)[:, None], degrees=True).as_matrix()
    place, points = np.array([0.3, -0.2, -4.0]), np.random.default_rng(2).normal(0, 0.4, (20, 3))
    facing = Rotation.from_euler("y", 40.0, degrees=True).as_matrix()
    # As the camera sees them: turned against its own turn.
    seen = BodyMotion(
        rotations=Rotation.from_matrix(turns.transpose(0, 2, 1) @ facing).as_rotvec()[:, None].astype(np.float32),
        translation=np.einsum("fji,j->fi", turns, place),
        joints=np.einsum("fji,nj->fni", turns, points + place),
        landmarks=np.einsum("fji,nj->fni", turns, points + place),
        shape=np.zeros(2),
        scale=1.0,
        focal=1000.0,
    )
    assert np.ptp(seen.translation, axis=0).max() > 1.0
    steady = seen.turned(torch.from_numpy(turns).float())
    for values, expected in ((steady.translation, place), (steady.joints, points + place)):
        assert np.abs(values - expected).max() < 1e-5
    assert np.abs(steady.landmarks - steady.joints).max() == 0.0
    assert np.abs(Rotation.from_rotvec(steady.rotations[:, 0]).as_matrix() - facing).max() < 1e-5
    assert seen.turned(None) is seen
