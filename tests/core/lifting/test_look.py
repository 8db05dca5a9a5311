"""The shipped picture network on the bundled clip: its points lie on the man, follow his crop, and know front from
back."""

import numpy as np
import pytest

from core.arrays import LANDMARKS, read_arrays
from core.body.model import BodyModel
from core.errors import RestageError
from core.events import SilentEvents
from core.frame import ClipReader
from core.job import Job
from core.lifting.files import ClipPoints, find_points
from core.lifting.look import Looker, Seen
from core.lifting.sight import LANDMARKS as COUNT
from core.lifting.surface_points import surface_points
from core.picture import read_mask, read_picture
from core.spaces import Crop


def look(job: Job, number: int, crop: Crop) -> Seen:
    mask = read_mask(job.mask_path(number)).astype(np.float32) / 255
    return Looker().find(read_picture(job.picture_path(number)), mask, crop)


def test_points_lie_on_the_person(demo_job: Job) -> None:
    points = ClipPoints.read(demo_job)
    assert points is not None
    landmarks = read_arrays(demo_job.landmarks_path, LANDMARKS)
    np.testing.assert_array_equal(points.frames, landmarks["frames"])
    crops = demo_job.crops()
    for row, number in enumerate(points.frames.tolist()):
        crop, mask = crops[number], read_mask(demo_job.mask_path(number)) > 127
        places = points.image[row] * crop.side + np.array(crop.centre)
        near = np.array([mask[max(0, y - 12) : y + 13, max(0, x - 12) : x + 13].any() for x, y in places.astype(int)])
        assert near.mean() > 0.95
        clear = landmarks["visibility"][row] > 0.9
        off = np.linalg.norm(places[:COUNT] - landmarks["image"][row], axis=1)[clear]
        assert np.median(off) < 0.03 * crop.side


def test_the_side_that_the_camera_sees_is_nearer(demo_job: Job) -> None:
    points = ClipPoints.read(demo_job)
    assert points is not None
    number = int(points.frames[0])
    reader = ClipReader(demo_job)
    body = reader.body(number)
    triangles = BodyModel.load().triangles
    faces = np.cross(body[triangles[:, 1]] - body[triangles[:, 0]], body[triangles[:, 2]] - body[triangles[:, 0]])
    normals = np.zeros_like(body)
    for corner in range(3):
        np.add.at(normals, triangles[:, corner], faces)
    view = reader.view(number).camera.camera_to_world[:3, 2]
    facing = (normals / np.linalg.norm(normals, axis=1, keepdims=True))[surface_points()] @ view
    depth = points.depth[0, COUNT:]
    assert depth[facing > 0.6].mean() > depth[facing < -0.6].mean() + 0.02


def test_points_stay_where_they_are_when_the_crop_moves(demo_job: Job) -> None:
    number = demo_job.person_frames()[0]
    crop = demo_job.crops()[number]
    moved = Crop((crop.centre[0] + 0.03 * crop.side, crop.centre[1] - 0.02 * crop.side), 1.04 * crop.side)
    first, second = look(demo_job, number, crop), look(demo_job, number, moved)
    places = [seen.image * c.side + np.array(c.centre) for seen, c in ((first, crop), (second, moved))]
    assert np.median(np.linalg.norm(places[0] - places[1], axis=1)) < 0.012 * crop.side
    assert np.median(np.abs(first.depth * crop.side - second.depth * moved.side)) < 0.02 * crop.side


def test_what_is_hidden_is_less_sure(demo_job: Job) -> None:
    number = demo_job.person_frames()[0]
    crop = demo_job.crops()[number]
    picture, mask = read_picture(demo_job.picture_path(number)), read_mask(demo_job.mask_path(number))
    rows = np.flatnonzero((mask > 127).any(axis=1))
    lower = np.round(rows[0] + 0.6 * np.ptp(rows)).astype(int)
    cut = mask.astype(np.float32) / 255
    cut[lower:] = 0
    legs = [25, 26, 27, 28]
    whole, half = look(demo_job, number, crop), Looker().find(picture, cut, crop)
    assert half.errors[legs].mean() > 1.3 * whole.errors[legs].mean()


def test_points_of_other_frames_are_refused(demo_job: Job, tmp_path_factory: pytest.TempPathFactory) -> None:
    import shutil

    from core.body.observations import read_observations

    folder = tmp_path_factory.mktemp("points") / "other.restage"
    shutil.copytree(demo_job.folder, folder)
    job = Job.open(folder)
    find_points(job, np.array(job.person_frames()[:2], np.int32), SilentEvents())
    with pytest.raises(RestageError) as caught:
        read_observations(job)
    assert caught.value.code == "job_unreadable"
