"""Faces are found where there are some: the body model's own, from several sides, and none behind a head."""

import numpy as np
import pytest

from core.arrays import LANDMARKS as BODY_LANDMARKS
from core.arrays import read_arrays
from core.body.model import BodyModel
from core.face.body_face import BodyFace
from core.face.files import ClipFace
from core.face.network import LANDMARKS, Face, FaceLandmarker
from core.job import Job
from core.render import MeshCaster, orbit_view, shade, vertex_normals
from core.training.body_face import BACKGROUND, PIXELS, RADIUS, SKIN

BODY = BodyModel.load()


def seen_from(azimuth: float) -> tuple[Face, np.ndarray]:
    """The face that is found in a picture of the body model, and where its landmarks are there, (468, 2)."""
    vertices = BODY.mean_vertices
    nose = BODY.landmark_mean[0] + [0, 0.03, -0.07]
    view = orbit_view(azimuth, nose, RADIUS, PIXELS, PIXELS)
    colours = np.tile(np.array([SKIN], np.uint8), (len(vertices), 1))
    hits = MeshCaster(vertices, BODY.triangles).cast(view)
    picture = shade(hits, vertex_normals(vertices, BODY.triangles), colours, BACKGROUND)
    body = view.pixels(BODY.landmark_mean).astype(np.float32)
    return FaceLandmarker().find(picture, body), view.pixels(BodyFace.load().on(vertices))


@pytest.mark.parametrize("azimuth", [-35, 0, 15, 35])
def test_landmarks_lie_where_the_body_has_them(azimuth: float) -> None:
    face, there = seen_from(azimuth)
    assert face.points.shape == (LANDMARKS, 3)
    assert face.trust > 0.9
    away = np.linalg.norm(face.points[:, :2] - there, axis=1)
    # A face is 200 pixels high here.
    assert np.median(away) < 4
    # The nose's tip is nearer than the sides of the face.
    assert face.points[4, 2] < face.points[[234, 454], 2].min() - 20


def test_the_back_of_a_head_is_no_face(demo_job: Job) -> None:
    assert seen_from(180)[0].trust < 0.1
    # The man in the bundled clip turns his back to the camera.
    face = ClipFace.read(demo_job)
    assert face is not None
    landmarks = read_arrays(demo_job.landmarks_path, BODY_LANDMARKS, "frames")
    np.testing.assert_array_equal(face.frames, landmarks["frames"])
    assert face.trust.max() < 0.5
    assert not demo_job.own_face_path.exists()
