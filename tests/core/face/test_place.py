"""A head is where its face is seen, also where its neck would have to stretch."""

from dataclasses import replace

import numpy as np
import pytest

from core.body.fitted import FittedBody
from core.face.body_face import BodyFace
from core.face.place import head_ways
from core.job import Job, atomic_write

from .clip import BODY, FRAMES, SEEN, face_of, motion

# The inner corners of the eyes, of the network's landmarks.
EYES = (133, 362)
# To the person's left and lower, metres.
WAY = np.array([0.006, -0.012, 0.0], np.float32)


def ways_of(trust: float, way: np.ndarray = WAY) -> np.ndarray | None:
    """Found for a face that is seen so far beside where the body has it."""
    at_rest = motion(np.radians([0, 10, 0]))
    return head_ways(at_rest, face_of(at_rest.moved(np.repeat(way[None], FRAMES, axis=0)), trust), SEEN)  # type: ignore[arg-type]


def test_a_sunken_head_is_found() -> None:
    found = ways_of(1.0)
    assert found is not None
    # The network sees the face's points a little beside where the body has them.
    none = ways_of(1.0, np.zeros(3, np.float32))
    assert none is not None
    assert np.abs(none).max() < 0.002
    np.testing.assert_allclose(found - none, np.repeat(WAY[None], FRAMES, axis=0), atol=1e-3)


def test_what_is_no_face_is_not_followed_far() -> None:
    found = ways_of(1.0, np.array([0.3, 0, 0], np.float32))
    assert found is not None
    assert np.linalg.norm(found, axis=1).max() < 0.05


def test_no_face_no_way() -> None:
    assert ways_of(0.2) is None
    assert head_ways(motion(np.zeros(3)), None, SEEN) is None  # type: ignore[arg-type]


def test_a_head_goes_back_slowly_where_no_face_is_seen() -> None:
    at_rest = motion(np.zeros(3))
    long = replace(
        at_rest,
        rotations=np.repeat(at_rest.rotations[:1], 60, axis=0),
        translation=np.repeat(at_rest.translation[:1], 60, axis=0),
    )
    seen = face_of(at_rest.moved(np.repeat(WAY[None], FRAMES, axis=0)), 1.0)
    trust = np.where(np.arange(60) < 20, 1.0, 0.0).astype(np.float32)
    face = replace(seen, frames=np.arange(60), points=np.repeat(seen.points[:1], 60, axis=0), trust=trust)
    found = head_ways(long, face, SEEN)  # type: ignore[arg-type]
    assert found is not None
    away = np.linalg.norm(found, axis=1)
    assert away[0] > 0.01
    assert away[-1] < 1e-4
    assert np.abs(np.diff(away)).max() < 0.002


def test_a_jobs_body_has_its_head_there(demo_job: Job) -> None:
    plain = FittedBody(demo_job)
    ways = np.zeros_like(plain.translation)
    ways[1] = WAY
    with atomic_write(demo_job.heads_path) as stream:
        np.savez(stream, ways=ways)
    try:
        changed = FittedBody(demo_job)
        first, second = (
            changed.vertices(int(number)) - plain.vertices(int(number)) for number in plain.frames[:2].tolist()
        )
        assert not first.any()
        np.testing.assert_allclose(BodyFace.load().on(second)[list(EYES)], np.repeat(WAY[None], 2, axis=0), atol=1e-3)
        assert np.abs(second[~BODY.of_parts("head", "neck", "torso")]).max() < 1e-6
    finally:
        demo_job.heads_path.unlink()


@pytest.mark.parametrize("shape", [(103, 3), (6, 2)])
def test_ways_of_another_clip_are_refused(demo_job: Job, shape: tuple[int, int]) -> None:
    from core.errors import RestageError

    with atomic_write(demo_job.heads_path) as stream:
        np.savez(stream, ways=np.zeros(shape, np.float32))
    try:
        with pytest.raises(RestageError, match=r"heads\.npz cannot be read"):
            FittedBody(demo_job)
    finally:
        demo_job.heads_path.unlink()
