"""A picture's face is where the surface has it."""

from pathlib import Path

import numpy as np
import pytest

from core.body.model import BodyModel
from core.face.alignment import FaceAlignment
from core.face.body_face import BodyFace
from core.job import Job, JobRecord
from core.settings import Settings
from core.spaces import Camera

BODY = BodyModel.load()
SIZE = 400
# Half a metre before the face.
NOSE = BODY.landmark_mean[0].astype(float)


@pytest.fixture(scope="module")
def camera() -> Camera:
    pose = np.eye(4)
    pose[:3, 3] = NOSE + [0, 0, 0.5]
    return Camera(600.0, (SIZE / 2, SIZE / 2), SIZE, SIZE, pose)


def dotted(places: np.ndarray) -> np.ndarray:
    """A grey picture with a white spot at some places (N, 2)."""
    picture = np.full((SIZE, SIZE, 3), 100, np.uint8)
    for x, y in places.round().astype(int):
        picture[y - 2 : y + 3, x - 2 : x + 3] = 255
    return picture


def test_eyes_and_mouth_come_to_the_surfaces(camera: Camera) -> None:
    """Their own face is wider, and looked up a little when the picture was taken."""
    there = camera.project(BodyFace.load().on(BODY.mean_vertices))
    seen = (there - there.mean(axis=0)) * [1.1, 1.0] + there.mean(axis=0) + [4, -9]
    marks = [33, 263, 61, 291, 4]
    faces = FaceAlignment({7: seen.astype(np.float32)}, {})
    picture = dotted(seen[marks])
    moved = faces.aligned(7, picture, BODY.mean_vertices, camera)
    for x, y in there[marks].round().astype(int):
        assert moved[y, x].min() > 200
    # What is away from the face stays, and so does another frame.
    np.testing.assert_array_equal(moved[:20], picture[:20])
    np.testing.assert_array_equal(moved[:, :20], picture[:, :20])
    assert faces.aligned(8, picture, BODY.mean_vertices, camera) is picture


def test_an_open_mouth_stays_open_where_it_is_asked_to(camera: Camera) -> None:
    """The lower lip and the chin hang lower than the surface's, and the whole face is further to the right."""
    places = BodyFace.load().on(BODY.mean_vertices)
    there = camera.project(places)
    seen = there + [8.0, 0.0]
    jaw = places[:, 1] < places[14, 1] - 0.003
    seen[jaw, 1] += 14.0
    faces = FaceAlignment({0: seen.astype(np.float32)}, {0: 1.0})
    picture = dotted(seen[[0, 17, 33]])

    column = there[13, 0].round().astype(int)

    def opening(moved: np.ndarray) -> int:
        """Rows from the upper lip's spot to the lower one's."""
        rows = np.flatnonzero(moved[210:300, column - 4 : column + 5].max(axis=(1, 2)) > 200)
        return int(np.ptp(rows))

    asked, else_ = (faces.aligned(0, picture, BODY.mean_vertices, camera, expressive=way) for way in (True, False))
    eye, lips = there[33], there[17, 1] - there[0, 1]
    assert opening(asked) > lips + 10
    assert opening(else_) < lips + 8
    # Eyes come to the surface's in any case.
    for moved in (asked, else_):
        assert moved[eye[1].round().astype(int), eye[0].round().astype(int)].min() > 200


def test_faces_that_come_and_go_do_not_jump(tmp_path: Path) -> None:
    """Sure in all frames but one."""
    (tmp_path / "person").mkdir()
    job, trust = Job(tmp_path, JobRecord("walk", {}, Settings())), np.ones(20, np.float32)
    trust[12] = 0.0
    points = np.zeros((20, 468, 3), np.float32)
    points[:, 0, 1] = 100.0
    np.savez(job.face_path, frames=np.arange(20, dtype=np.int32), points=points, trust=trust)
    faces = FaceAlignment.of(job)
    steady = np.array([faces.steady[number] for number in range(20)])
    assert steady[12] == 0.0 and 12 not in faces.points
    assert (steady[:8] == 1.0).all() and (steady[17:] == 1.0).all()
    assert np.abs(np.diff(steady)).max() < 0.4


def test_a_face_somewhere_else_is_none_of_this_surface(camera: Camera) -> None:
    there = camera.project(BodyFace.load().on(BODY.mean_vertices))
    picture = dotted(there[[33]])
    for seen in (there + [90, 0], there[:, ::-1]):
        faces = FaceAlignment({0: seen.astype(np.float32)}, {})
        assert faces.aligned(0, picture, BODY.mean_vertices, camera) is picture
    behind = Camera(camera.focal, camera.centre, SIZE, SIZE, camera.camera_to_world * [-1, 1, -1, 1])
    faces = FaceAlignment({0: there.astype(np.float32)}, {})
    assert faces.aligned(0, picture, BODY.mean_vertices, behind) is picture
