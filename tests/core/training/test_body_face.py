"""The landmarks that are shipped are those that the face's network sees on the body model."""

import numpy as np

from core.body.model import BodyModel
from core.face.body_face import BodyFace
from core.training.body_face import find_body_face


def test_the_shipped_landmarks_are_those_of_this_body_and_this_network() -> None:
    body, shipped = BodyModel.load(), BodyFace.load()
    found = find_body_face(body)
    assert np.abs(found.seen - shipped.seen).max() < 1e-4
    assert np.abs(found.on(body.mean_vertices) - shipped.on(body.mean_vertices)).max() < 1e-4
    # The tip of the nose is further forward than the corners of the eyes.
    nose, *eyes = shipped.on(body.mean_vertices)[[4, 33, 263]]
    assert all(nose[2] > eye[2] + 0.02 for eye in eyes)
