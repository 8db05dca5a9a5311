"""A head looks where its face is seen to look."""

import numpy as np
import pytest

from core.face.fit import fit_head

from .clip import BODY, FRAMES, SEEN, degrees_between, face_of, head_turn, motion


@pytest.mark.parametrize("turn", [(0, 35, 0), (0, -35, 5), (20, 0, 0), (-15, 20, 10)], ids=str)
def test_the_head_follows_the_face(turn: tuple[float, float, float]) -> None:
    true, at_rest = motion(np.radians(turn)), motion(np.zeros(3))
    found = fit_head(at_rest, face_of(true, 1.0), SEEN)  # type: ignore[arg-type]
    assert degrees_between(head_turn(at_rest), head_turn(true)).min() > 15
    assert degrees_between(head_turn(found), head_turn(true)).max() < 3
    # The face is where it is seen, and the shoulders stay.
    nose = found.landmarks[:, 0] - true.landmarks[:, 0]
    assert np.abs(nose[:, :2]).max() < 0.015
    np.testing.assert_allclose(found.landmarks[:, 13:], at_rest.landmarks[:, 13:], atol=1e-5)
    np.testing.assert_allclose(found.landmarks[:, 11:13], at_rest.landmarks[:, 11:13], atol=0.01)


def test_a_face_that_is_not_seen_turns_no_head() -> None:
    at_rest = motion(np.zeros(3))
    assert fit_head(at_rest, None, SEEN) is at_rest  # type: ignore[arg-type]
    assert fit_head(at_rest, face_of(motion(np.radians([0, 35, 0])), 0.3), SEEN) is at_rest  # type: ignore[arg-type]


def test_a_head_turns_no_further_than_necks_do() -> None:
    """Landmarks of a face that looks backwards are wrong."""
    backwards = face_of(motion(np.radians([0, 175, 0])), 1.0)
    found = fit_head(motion(np.zeros(3)), backwards, SEEN)  # type: ignore[arg-type]
    assert degrees_between(head_turn(found), head_turn(motion(np.zeros(3)))).max() < 110


def test_frames_without_a_face_do_not_jump() -> None:
    true, at_rest = motion(np.radians([0, 30, 0])), motion(np.zeros(3))
    face = face_of(true, 1.0)
    face.trust[FRAMES // 2] = 0.0
    found = head_turn(fit_head(at_rest, face, SEEN))  # type: ignore[arg-type]
    assert degrees_between(found[1:], found[:-1]).max() < 6
    assert BODY.bone_names[BODY.bone_parents[BODY.bone("head")]] == "neck03"


def test_a_head_trembles_less_the_firmer_it_is_tied() -> None:
    face = face_of(motion(np.radians([0, 20, 0])), 1.0)
    face.points[:] += np.random.default_rng(0).normal(0, 15.0, (FRAMES, 1, 3))
    at_rest = motion(np.zeros(3))
    turns = [fit_head(at_rest, face, SEEN, firmness).rotations for firmness in (0.1, 1.0, 5.0)]  # type: ignore[arg-type]
    loose, usual, firm = (np.abs(np.diff(rotations, n=2, axis=0)).mean() for rotations in turns)
    assert loose > 1.2 * usual > 1.2 * 1.2 * firm
