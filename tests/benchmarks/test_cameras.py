"""The truth that several cameras see together, and what is measured against it."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.cameras import COMPARED, Calibrated, errors, join, read_calibration

CALIBRATION = """<calibration><cameras>
<camera serial="cam01"><transform r11="1" r12="0" r13="0" r21="0" r22="0" r23="1" r31="0" r32="-1" r33="0"
x="0" y="-3000" z="1000"/><intrinsic focalLengthU="64000" focalLengthV="64000" centerPointU="32000"
centerPointV="25600"/></camera></cameras></calibration>"""


def around(count: int) -> dict[str, Calibrated]:
    """Cameras in a circle of three metres, looking at the middle, a metre high; z is up."""
    cameras = {}
    for number in range(count):
        angle = 2 * np.pi * number / count + 0.3
        back = np.array([np.cos(angle), np.sin(angle), 0.0])
        right = np.array([-np.sin(angle), np.cos(angle), 0.0])
        axes = np.stack([right, [0.0, 0.0, 1.0], back])
        cameras[f"cam{number}"] = Calibrated(
            np.array([900.0, 900.0]), np.array([500.0, 400.0]), axes, 3 * back + [0, 0, 1]
        )
    return cameras


def seen_by(camera: Calibrated, points: np.ndarray) -> np.ndarray:
    inside = (points - camera.place) @ camera.axes.T
    return inside[..., :2] / -inside[..., 2:] * [1, -1] * camera.focal + camera.centre


def test_a_calibration_is_read(tmp_path: Path) -> None:
    path = tmp_path / "Calib.qca.txt"
    path.write_text(CALIBRATION)
    camera = read_calibration(path)["cam01"]
    assert camera.place == pytest.approx([0, -3, 1])
    # What lies straight ahead, along +y, falls on the principal point; what is higher, above it.
    assert seen_by(camera, np.array([0.0, 0.0, 1.0])) == pytest.approx([500, 400])
    assert seen_by(camera, np.array([0.3, 0.0, 1.3])) == pytest.approx([600, 300])
    assert camera.rays(np.array([500.0, 400.0])) == pytest.approx([0, 1, 0])


def test_rays_meet_and_a_camera_that_errs_is_left_out() -> None:
    points = np.random.default_rng(0).normal(0, 0.4, (2, 33, 3)) + [0, 0, 1]
    cameras = around(4)
    seen = {name: {"image": seen_by(camera, points)} for name, camera in cameras.items()}
    seen["cam2"]["image"][0, 5] += [150, 0]
    joined = join(cameras, seen)
    assert joined == pytest.approx(points, abs=1e-6)
    for name in ("cam1", "cam2"):
        seen[name]["image"][1, 7] = np.nan
    assert np.isnan(join(cameras, seen)[1, 7]).all()


def test_errors_are_told_apart() -> None:
    truth = np.random.default_rng(1).normal(0, 0.4, (3, len(COMPARED), 3))
    assert errors(1.2 * truth + [0, 0, 5], truth) == pytest.approx((0, 0, 0), abs=1e-9)
    turned = truth @ np.array([[0.0, 0, 1], [0, 1, 0], [-1, 0, 0]])
    depth, distance, pose = errors(turned, truth)
    assert distance > depth > 5
    assert pose == pytest.approx(0, abs=1e-9)
    tipped = truth.copy()
    tipped[:, 0, 2] += 0.16
    depth, distance, _ = errors(tipped, truth)
    assert depth == pytest.approx(1.0, abs=0.15)
    assert distance == pytest.approx(1.0, abs=0.25)
