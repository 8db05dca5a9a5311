"""The landmarks that are shipped are those that the face's network sees on the body model."""

import numpy as np

from core.body.model import BodyModel
from core.face.body_face import BodyFace
from core.training.body_face import find_body_face


def test_the_shipped_landmarks_are_those_of_this_body_and_this_network() -> None:
    body, shipped = BodyModel.load(), BodyFace.load()
    found = find_body_face(body)
    away = np.abs(found.on(body.mean_vertices) - shipped.on(body.mean_vertices))
    # Rounding differs from processor to processor, and landmarks are looked up pixel by pixel, 0.9 mm.
    assert away.max() < 2e-3
    assert away.mean() < 1e-4
    assert np.abs(found.seen - shipped.seen).max() < 1e-3
    # The tip of the nose is further forward than the corners of the eyes.
    nose, *eyes = shipped.on(body.mean_vertices)[[4, 33, 263]]
    assert all(nose[2] > eye[2] + 0.02 for eye in eyes)
