"""How the camera turned: on the bundled clip, seen through a camera that is turned by known angles."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from core.clip import read_frames
from core.person.camera_turns import CameraTurns

DEMO = Path(__file__).parents[3] / "demo" / "balance.mp4"
# The man in every frame of the clip, as landmarks would show him.
MAN = np.array([[110, 190], [450, 750]] * 16 + [[110, 190]], np.float32)


def rotation(pan: float, tilt: float, roll: float) -> np.ndarray:
    """Camera axes (x right, y up, looking along -z), degrees."""
    pan, tilt, roll = np.radians([pan, tilt, roll])
    about_y = np.array([[np.cos(pan), 0, np.sin(pan)], [0, 1, 0], [-np.sin(pan), 0, np.cos(pan)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(tilt), -np.sin(tilt)], [0, np.sin(tilt), np.cos(tilt)]])
    about_z = np.array([[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]])
    return about_y @ about_x @ about_z


def turned(picture: np.ndarray, turn: np.ndarray, focal: float) -> np.ndarray:
    """What a camera sees that is turned against the one that took the picture."""
    height, width = picture.shape[:2]
    camera = np.array([[focal, 0, -width / 2], [0, -focal, -height / 2], [0, 0, -1.0]])
    return cv2.warpPerspective(picture, camera @ turn.T @ np.linalg.inv(camera), (width, height))


def angle(turn: np.ndarray) -> float:
    return float(np.degrees(np.arccos(np.clip((np.trace(turn) - 1) / 2, -1, 1))))


def test_turns_of_a_hand_held_camera_are_found_beside_a_moving_person() -> None:
    moving = CameraTurns(1.0)
    true = []
    for frame in read_frames(DEMO, slice(0, 100, 4)):
        phase = frame.number / 12
        true.append(rotation(5 * np.sin(phase), 2 * np.sin(1.7 * phase), 1.5 * np.sin(0.6 * phase)))
        moving.add(frame.number, turned(frame.picture, true[-1], 1080.0), MAN)
    found = moving.finish()
    assert found is not None
    assert not moving.grows()
    errors = [angle(found[4 * row].T @ (true[0].T @ turn)) for row, turn in enumerate(true)]
    assert max(errors) < 0.5


def test_a_long_pan_adds_up() -> None:
    picture = next(iter(read_frames(DEMO, slice(0, 1)))).picture
    wall = cv2.resize(np.hstack([picture[:, ::-1], picture, picture[:, ::-1]]), None, fx=0.5, fy=0.5)
    panning = CameraTurns(1.0)
    true = []
    for number in range(30):
        true.append(rotation(-10 + 20 * number / 29, 0.0, 0.0))
        view = turned(wall, true[-1], 900.0)[:, 200:-200]
        # The view is 518 pixels wide and 540 high, so its focal length is 900 / 540 of the longer side.
        panning = panning if number else CameraTurns(900.0 / max(view.shape[:2]))
        panning.add(number, np.ascontiguousarray(view), None)
    found = panning.finish()
    assert found is not None and not panning.grows()
    assert angle(found[29]) == pytest.approx(20.0, abs=0.5)
    assert angle(found[29].T @ (true[0].T @ true[29])) < 0.5


def test_a_camera_that_stands_still_has_no_turns() -> None:
    still = CameraTurns(1.0)
    for frame in read_frames(DEMO, slice(0, 100, 10)):
        still.add(frame.number, frame.picture, MAN)
    assert still.finish() is None and not still.moves()


def test_a_background_without_anything_on_it_says_nothing() -> None:
    empty = CameraTurns(1.0)
    for number in range(5):
        empty.add(number, np.full((240, 320, 3), 120, np.uint8), None)
    assert empty.finish() is None
