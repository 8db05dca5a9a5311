"""Who is seen from behind has a face: eyes, brows and lips, in the person's own skin."""

import numpy as np
import pytest

from core.body.model import BodyModel
from core.face.body_face import BodyFace
from core.texture.features import face_shades, with_features
from core.texture.head import with_face

SKIN, HAIR = (190.0, 150.0, 130.0), (60.0, 40.0, 30.0)
# The face mesh's numbers of lids, brows, lips, and bare skin of cheeks, forehead and chin.
IRISES, BROWS, LIPS, BARE = (159, 386), (105, 334), (0, 17), (50, 280, 151, 199)


def from_behind() -> tuple[np.ndarray, np.ndarray]:
    """Colours (V, 3) of a person with bare hands, and which of them are known: all but the head's front."""
    model = BodyModel.load()
    colours = np.where(model.of_parts("hand")[:, None], SKIN, HAIR).astype(np.float32)
    return colours, ~(model.of_parts("head") & (model.mean_vertices[:, 2] > model.landmark_mean[7][2]))


def near(landmarks: tuple[int, ...]) -> np.ndarray:
    """(V,) vertices within 6 mm of landmarks of the face mesh."""
    model = BodyModel.load()
    places = BodyFace.load().on(model.mean_vertices)[list(landmarks)]
    return np.linalg.norm(model.mean_vertices[:, None] - places, axis=2).min(axis=1) < 0.006


def test_eyes_brows_and_lips_stand_out_from_the_skin() -> None:
    colours, known = from_behind()
    face = with_features(with_face(np.full_like(colours, 255.0), colours, known), colours, known)
    bare = face[near(BARE)].mean(axis=0)
    assert bare == pytest.approx(SKIN, rel=0.15)
    assert face[near(BROWS)].mean() < 0.85 * bare.mean()
    assert face[near(IRISES)].mean() < 0.8 * bare.mean()
    lips = face[near(LIPS)].mean(axis=0)
    assert lips[0] / lips[1] > 1.1 * bare[0] / bare[1]


def test_the_face_is_alike_left_and_right_and_ends_where_it_ends() -> None:
    model, shades = BodyModel.load(), face_shades()
    assert np.abs(shades - shades[model.mirror]).mean(axis=1)[shades.min(axis=1) < 0.99].mean() == 0
    assert (shades[~model.of_parts("head")] == 1).all()
    assert (shades[model.of_parts("head") & (model.mean_vertices[:, 2] < model.landmark_mean[7][2])] == 1).all()


def test_what_is_known_stays() -> None:
    colours, known = from_behind()
    hidden = with_face(np.full_like(colours, 255.0), colours, known)
    assert (with_features(hidden, colours, known)[known] == hidden[known]).all()
    seen = np.ones_like(known)
    assert (with_features(hidden, colours, seen) == hidden).all()
