"""People whom the picture's border cuts: which landmarks are believed."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from core.body.border import border_belief, inside_belief, trunk_cut
from core.body.fit import ClipFit
from core.body.model import BodyModel
from core.body.observations import read_observations
from core.body.stage import body_landmarks, run_body
from core.events import SilentEvents
from core.frame import ClipReader
from core.job import Job
from core.lifting import lift
from core.spaces import Crop
from tests.core.posed_person import camera, film, lifted_as_they_are, pose

SIZE = (640, 480)
MASK = 128


def landmarks(shoulders: tuple[float, float], hips: tuple[float, float]) -> np.ndarray:
    """(33, 2) with both shoulders and both hips ten pixels beside these places."""
    points = np.zeros((33, 2), np.float32)
    for pair, (x, y) in (((11, 12), shoulders), ((23, 24), hips)):
        for index, side in zip(pair, (10, -10), strict=True):
            points[index] = x + side, y
    return points


def mask(crop: Crop, left: float, top: float, right: float, bottom: float) -> np.ndarray:
    """(MASK, MASK) bool, the mask in the crop of a person who fills this box of the picture."""
    offsets = ((np.arange(MASK) + 0.5) / MASK - 0.5) * crop.side
    x, y = (offsets + centre for centre in crop.centre)
    rows = (y > max(top, 0)) & (y < min(bottom, SIZE[1]))
    columns = (x > max(left, 0)) & (x < min(right, SIZE[0]))
    return rows[:, None] & columns[None]


@pytest.mark.parametrize(("centre", "cut"), [(0, 1.0), (640, 1.0), (320, 0.0), (60, 0.0)])
def test_who_walks_out_of_the_picture_is_cut_along_the_trunk(centre: float, cut: float) -> None:
    """Half of the person is beyond the left or the right border, or the whole of it inside."""
    crop = Crop((centre, 240.0), 480.0)
    seen = mask(crop, centre - 50, 40, centre + 50, 440)
    place = min(max(centre, 15), 625)
    assert trunk_cut(seen, crop, SIZE, landmarks((place, 120), (place, 240))) == pytest.approx(cut, abs=0.05)


def test_a_border_across_the_trunk_does_not_count() -> None:
    """A portrait ends at the waist; its trunk goes on below."""
    crop = Crop((320.0, 300.0), 600.0)
    seen = mask(crop, 200, 60, 440, 900)
    assert trunk_cut(seen, crop, SIZE, landmarks((320, 200), (322, 460))) < 0.05


def test_who_lies_along_the_lower_border_is_cut() -> None:
    crop = Crop((320.0, 470.0), 500.0)
    seen = mask(crop, 100, 430, 540, 520)
    assert trunk_cut(seen, crop, SIZE, landmarks((200, 460), (330, 460))) == pytest.approx(1.0, abs=0.05)


def test_an_arm_that_reaches_the_border_does_not_count() -> None:
    crop = Crop((120.0, 240.0), 480.0)
    seen = mask(crop, 80, 40, 160, 440) | mask(crop, -40, 130, 100, 150)
    cut = trunk_cut(seen, crop, SIZE, landmarks((120, 120), (120, 240)))
    assert 0.0 < cut < 0.25
    assert border_belief(cut) == 1.0


def test_belief_falls_with_what_is_cut() -> None:
    assert [border_belief(cut) for cut in (0.0, 0.25, 0.5, 0.75, 1.0)] == [1.0, 1.0, 0.5, 0.0, 0.0]


def test_landmarks_far_outside_the_picture_are_not_believed() -> None:
    """A foot just below the border is known from its leg; the feet of a portrait are not."""
    places = np.array([[320, 240], [0, 0], [640, 480], [320, 490], [320, 800], [-200, 240]], np.float32)
    belief = inside_belief(places, SIZE, height=400.0)
    assert belief[:3].tolist() == [1.0, 1.0, 1.0]
    assert belief[3] > 0.95
    assert (belief[4:] < 1e-4).all()


@pytest.fixture
def landmarks_in_space() -> Iterator[None]:
    """The fit is tested, not the network."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lift, "lift", lifted_as_they_are)
        yield


def change_landmarks(job: Job, **changed: np.ndarray) -> None:
    with np.load(job.landmarks_path) as values:
        content = dict(values)
    np.savez(job.landmarks_path, **(content | changed))


def read_landmarks(job: Job, name: str) -> np.ndarray:
    with np.load(job.landmarks_path) as values:
        return values[name].copy()


@pytest.mark.usefixtures("landmarks_in_space")
def test_who_walks_out_of_the_picture_stays_whole(tmp_path: Path) -> None:
    """In the last frames the landmarks of the whole body lie within the half that the picture still shows."""
    people = [pose({}, root=(x, 0.0, 0.0)) for x in np.linspace(0.5, 1.55, 8)]
    job = film(tmp_path, people, camera())
    image = read_landmarks(job, "image")
    for row in np.flatnonzero(image[:, [11, 12, 23, 24], 0].max(axis=1) > 359):
        within = image[row].min(axis=0), np.minimum(image[row].max(axis=0), 355)
        image[row] = within[0] + (image[row] - image[row].min(axis=0)) * 0.75 * (within[1] - within[0]) / np.ptp(
            image[row], axis=0
        )
    change_landmarks(job, image=image.astype(np.float32))
    run_body(job, SilentEvents())
    found = job.camera().world_to_camera(body_landmarks(job)[0])
    truth = camera().world_to_camera(np.stack([person.landmarks for person in people]))
    exists = body_landmarks(job)[1]
    assert np.linalg.norm(found - truth, axis=-1)[:, exists].mean(axis=1).max() < 0.1


@pytest.mark.usefixtures("landmarks_in_space")
def test_a_fit_begins_with_who_is_cut_off_turned_as_before(tmp_path: Path) -> None:
    """In the last frames, where the border cuts the trunk, the landmarker has the body fall."""
    job = film(tmp_path, [pose({}, root=(x, 0.0, 0.0)) for x in (0.0, 0.5, 1.4, 1.5)], camera())
    world = read_landmarks(job, "world")
    falling = Rotation.from_euler("z", 40, degrees=True)
    world[2:] = falling.apply(world[2:].reshape(-1, 3)).reshape(2, 33, 3)
    change_landmarks(job, world=world.astype(np.float32))
    observed = read_observations(job)
    assert observed.believed.tolist() == [True, True, False, False]
    root = Rotation.from_rotvec(ClipFit(BodyModel.load(), observed, observed.focal, 1.0).result().rotations[:, 0])
    assert np.degrees((root[2:] * root[1].inv()).magnitude()).max() < 1.0


def test_frames_that_cut_the_trunk_do_not_tell_how_somebody_looks(tmp_path: Path) -> None:
    job = film(tmp_path, [pose({}, root=(x, 0.0, 0.0)) for x in (0.0, 0.5, 1.4, 1.5)], camera())
    run_body(job, SilentEvents())
    reader = ClipReader(job)
    assert reader.telling(range(4)) == [0, 1]
    # Better than nothing.
    assert reader.telling([2, 3]) == [2, 3]


@pytest.mark.usefixtures("landmarks_in_space")
def test_legs_that_nobody_sees_are_straight(tmp_path: Path) -> None:
    """The landmarker bends the legs of a person whom the picture shows down to the hips."""
    standing = pose({}, stand="foot.L")
    bent = pose({f"{bone}.{side}": (40, 0, 0) for bone in ("upperleg01", "lowerleg01") for side in ("L", "R")})
    view = camera()
    view.camera_to_world[1, 3] += 1.9
    job = film(tmp_path / "standing", [standing], view)
    guessed = film(tmp_path / "bent", [bent], view)
    legs = [25, 26, *range(27, 33)]
    image, world, visibility = (read_landmarks(job, name) for name in ("image", "world", "visibility"))
    assert image[0, legs, 1].min() > view.height
    for values, name in ((image, "image"), (world, "world")):
        hips = values[0, 23:25].mean(axis=0)
        other = read_landmarks(guessed, name)[0]
        values[0, legs] = other[legs] - other[23:25].mean(axis=0) + hips
    visibility[0, legs] = 0.1
    change_landmarks(job, image=image, world=world, visibility=visibility)
    run_body(job, SilentEvents())
    landmarks = body_landmarks(job)[0][0]
    for hip, knee, ankle in ((23, 25, 27), (24, 26, 28)):
        thigh, shin = landmarks[knee] - landmarks[hip], landmarks[ankle] - landmarks[knee]
        assert thigh @ shin / np.linalg.norm(thigh) / np.linalg.norm(shin) > np.cos(np.radians(12))
