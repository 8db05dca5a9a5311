"""The body's face becomes the person's."""

import numpy as np
import pytest

from core.body.fitted import FittedBody
from core.face.body_face import BodyFace
from core.face.shape import LIPS, own_face
from core.job import Job, atomic_write

from .clip import BODY, face_of, motion

TURN = np.radians([0, 15, 0])


def test_a_wider_jaw_and_a_longer_nose() -> None:
    """A face that differs by up to 8 mm has about half of that after six frames, where it is seen."""
    face = BodyFace.load()
    middle = face.seen.mean(axis=0)
    below = np.clip((middle[1] - face.seen[:, 1]) / 0.06, 0, 1)
    ways = np.zeros_like(face.seen)
    ways[:, 0] = 0.1 * (face.seen[:, 0] - middle[0]) * below
    nose = np.linalg.norm(face.seen - face.seen[4], axis=1)
    ways[:, 2] = 0.008 * np.exp(-((nose / 0.02) ** 2))
    moved = own_face(motion(TURN), face_of(motion(TURN), 1.0, ways))
    assert moved is not None
    found = face.on(BODY.mean_vertices + moved) - face.on(BODY.mean_vertices)
    assert (
        np.linalg.norm(found - (ways - ways.mean(axis=0)), axis=1).mean()
        < 0.65 * np.linalg.norm(ways - ways.mean(axis=0), axis=1).mean()
    )
    assert found[4, 2] > 0.0035
    assert abs(found[172, 0] - found[397, 0]) > 0.002
    assert (found[172, 0] - found[397, 0]) * (face.seen[172, 0] - face.seen[397, 0]) > 0
    # Nothing but the face moves, and nothing by leaps.
    assert not moved[~BODY.of_parts("head", "neck")].any()
    assert np.linalg.norm(moved[BODY.triangles[:, 0]] - moved[BODY.triangles[:, 1]], axis=1).max() < 0.006


def test_the_bodys_own_face_stays() -> None:
    moved = own_face(motion(TURN), face_of(motion(TURN), 1.0))
    assert moved is not None
    assert np.linalg.norm(moved, axis=1).max() < 0.003


def test_closed_lips_stay_closed() -> None:
    """What a clip shows of speaking is no form of a face."""
    ways = np.zeros((468, 3), np.float32)
    ways[LIPS[0], 1], ways[LIPS[1], 1] = 0.008, -0.008
    moved = own_face(motion(TURN), face_of(motion(TURN), 1.0, ways))
    assert moved is not None
    found = BodyFace.load().on(moved)
    assert np.abs(found[LIPS[0], 1] - found[LIPS[1], 1]).max() < 0.001


def test_no_face_no_form() -> None:
    assert own_face(motion(TURN), None) is None
    assert own_face(motion(TURN), face_of(motion(TURN), 0.2)) is None


@pytest.mark.parametrize("path", [Job.own_face_path, Job.shoes_path])
def test_a_jobs_body_has_the_face_and_the_shoes(demo_job: Job, path: property) -> None:
    """Written as the body stage writes them, and taken away again."""
    plain = FittedBody(demo_job)
    ways = np.zeros_like(BODY.mean_vertices)
    ways[100] = [0, 0, 0.01]
    written = path.__get__(demo_job)
    with atomic_write(written) as stream:
        np.savez(stream, ways=ways)
    try:
        changed = FittedBody(demo_job)
        np.testing.assert_allclose(changed.rest - plain.rest, ways, atol=1e-6)
        number = int(plain.frames[0])
        away = np.linalg.norm(changed.vertices(number) - plain.vertices(number), axis=1)
        assert away[100] > 0.005
        assert (np.delete(away, 100) < 1e-6).all()
    finally:
        written.unlink()
