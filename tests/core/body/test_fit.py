"""The fit finds a person again whose motion, shape and camera are known."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from core.body.fit import BodyMotion
from core.body.ground import camera_pose, find_contacts, find_floor, find_up
from core.body.model import BodyModel
from core.body.stage import body_landmarks, posed_body, run_body
from core.errors import RestageError
from core.events import SilentEvents
from core.job import Job
from core.lifting import lift
from core.lifting.surface_points import surface_points
from tests.core.posed_person import Person, camera, film, lifted_as_they_are, pose

FRAMES = 12
FEET = [27, 28, 29, 30, 31, 32]


def squat(share: float) -> Person:
    """From standing (0) to a half squat with the arms raised (1), the feet flat on their place."""
    angles = {}
    for side in ("L", "R"):
        angles[f"upperleg01.{side}"] = (50 * share, 0, 0)
        angles[f"lowerleg01.{side}"] = (75 * share, 0, 0)
        angles[f"foot.{side}"] = (25 * share, 0, 0)
        angles[f"upperarm01.{side}"] = (45 * share, 0, 20 * share)
    return pose(angles, stand="foot.L")


def fitted(job: Job) -> dict[str, np.ndarray]:
    with np.load(job.body_path, allow_pickle=False) as values:
        return {name: values[name] for name in values.files}


def joint_error(job: Job, people: list[Person]) -> np.ndarray:
    """(F, B) distance of the joints from the truth, both seen from the root, metres."""
    truth = np.stack([person.joints for person in people])
    found = job.camera().world_to_camera(fitted(job)["joints"])
    return np.linalg.norm((found - found[:, :1]) - (truth - truth[:, :1]), axis=-1)


@pytest.fixture(scope="module", autouse=True)
def landmarks_in_space() -> Iterator[None]:
    """The fit is tested, not the network."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lift, "lift", lifted_as_they_are)
        yield


@pytest.fixture(scope="module")
def people() -> list[Person]:
    return [squat(0.5 - 0.5 * np.cos(np.pi * row / (FRAMES - 1))) for row in range(FRAMES)]


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory, people: list[Person]) -> Job:
    job = film(tmp_path_factory.mktemp("squat"), people, camera())
    run_body(job, SilentEvents())
    return job


def test_landmarks_fall_on_the_picture(job: Job, people: list[Person]) -> None:
    landmarks, exists = body_landmarks(job)
    truth = camera().project(np.stack([person.landmarks for person in people]))
    error = np.linalg.norm(job.camera().project(landmarks) - truth, axis=-1)[:, exists]
    height = np.ptp(camera().project(people[0].vertices)[:, 1])
    assert error.mean() < 0.01 * height


def test_joints_are_where_they_were(job: Job, people: list[Person]) -> None:
    error = joint_error(job, people)
    assert error.mean() < 0.03
    assert np.quantile(error, 0.95) < 0.06


@pytest.fixture(scope="module")
def standing_job(tmp_path_factory: pytest.TempPathFactory) -> Job:
    """Someone who stands still and lifts the arms."""
    people = []
    for share in np.linspace(0.0, 1.0, FRAMES):
        arms = {f"upperarm01.{side}": (60 * share, 0, 30 * share) for side in ("L", "R")}
        people.append(pose(arms, stand="foot.L"))
    job = film(tmp_path_factory.mktemp("arms"), people, camera())
    run_body(job, SilentEvents())
    return job


def test_a_body_that_stands_still_does_not_tremble(standing_job: Job) -> None:
    model = BodyModel.load()
    still = [model.bone(name) for name in ("root", "lowerleg01.L", "lowerleg01.R", "foot.L", "foot.R", "head")]
    joints = fitted(standing_job)["joints"][:, still]
    # Landmarks with this noise, taken as they are, would tremble by 12 mm.
    assert np.linalg.norm(np.diff(joints, n=2, axis=0), axis=-1).mean() < 0.003


def test_standing_feet_stay_on_the_floor(standing_job: Job) -> None:
    feet = body_landmarks(standing_job)[0][:, FEET]
    assert np.linalg.norm(feet - feet.mean(axis=0), axis=-1).max() < 0.02
    lowest = [posed_body(standing_job, number)[0][:, 1].min() for number in range(FRAMES)]
    assert np.abs(lowest).max() < 0.02


def test_outliers_of_one_frame_leave_the_others_alone(tmp_path: Path, people: list[Person]) -> None:
    job = film(tmp_path, people[:8], camera(), outlier=4)
    run_body(job, SilentEvents())
    error = joint_error(job, people[:8])
    assert error[[2, 3, 5, 6]].mean() < 0.04
    assert error[4].mean() < 0.08


def test_who_seems_to_face_away_in_one_frame_does_not_turn(tmp_path: Path, people: list[Person]) -> None:
    """As landmarks in space of dancers and of people on a beam do, in a frame between frames that are right."""
    job = film(tmp_path, people[:8], camera())
    with np.load(job.landmarks_path) as values:
        arrays = {name: values[name] for name in values.files}
    arrays["world"][4] *= [-1.0, 1.0, -1.0]
    np.savez(job.landmarks_path, **arrays)
    run_body(job, SilentEvents())
    root = Rotation.from_rotvec(fitted(job)["rotations"][:, 0])
    assert np.degrees((root[4] * root[3].inv()).magnitude()) < 20
    assert joint_error(job, people[:8])[4].mean() < 0.08


def test_one_frame_is_enough(tmp_path: Path, people: list[Person]) -> None:
    job = film(tmp_path, people[:1], camera())
    run_body(job, SilentEvents())
    assert joint_error(job, people[:1]).mean() < 0.04
    vertices, _ = posed_body(job, 0)
    assert abs(vertices[:, 1].min()) < 0.01


def test_points_that_were_seen_say_how_deep_limbs_are(tmp_path: Path) -> None:
    """Landmarks in space that are wrong about an arm's depth are overruled by what the picture network saw."""
    person = pose({"upperarm01.L": (70, 0, 0), "lowerarm01.L": (20, 0, 0)}, stand="foot.L")
    errors = []
    for name in ("without", "with"):
        job = film(tmp_path / name, [person], camera())
        with np.load(job.landmarks_path) as values:
            content = dict(values)
        # The arm reaches towards the camera, but is said to reach away from it.
        content["world"][:, [13, 15, 17, 19, 21], 2] *= -1
        np.savez(job.landmarks_path, **content)
        if name == "with":
            write_points(job, person)
        run_body(job, SilentEvents())
        errors.append(joint_error(job, [person])[0, BodyModel.load().bone("wrist.L")])
    assert errors[0] > 0.2
    assert errors[1] < 0.09


def write_points(job: Job, person: Person) -> None:
    """What a picture network sees that is right to three centimetres or so."""
    crop, view = job.crops()[0], camera()
    places = np.concatenate([person.landmarks, person.vertices[surface_points()]])
    depth = view.world_to_camera(places)[:, 2]
    hips = (depth[23] + depth[24]) / 2
    sides = crop.side / view.focal * -hips
    noise = np.random.default_rng(1).normal(0.0, 0.01, (len(places), 3))
    np.savez(
        job.points_path, frames=np.zeros(1, np.int32),
        image=((view.project(places) - np.array(crop.centre)) / crop.side + noise[:, :2])[None].astype(np.float32),
        depth=((depth - hips) / sides + noise[:, 2])[None].astype(np.float32),
        errors=np.full((1, len(places), 2), 0.012, np.float32),
    )  # fmt: skip


def test_no_frames_say_so(tmp_path: Path) -> None:
    job = film(tmp_path, [pose({})], camera())
    with np.load(job.landmarks_path) as values:
        np.savez(job.landmarks_path, **{name: values[name][:0] for name in values.files})
    with pytest.raises(RestageError) as caught:
        run_body(job, SilentEvents())
    assert caught.value.code == "no_person"


def seen_up(pitch: float, angles: dict) -> tuple[np.ndarray, np.ndarray]:
    """Found and true way up of a person before a camera that looks down so many degrees."""
    view, person = camera(pitch=pitch), pose(angles)
    joints, landmarks = (view.world_to_camera(values)[None] for values in (person.joints, person.landmarks))
    motion = BodyMotion(person.rotations[None], joints[:, 0], joints, landmarks, np.zeros(1), 1.0, 480.0)
    up = find_up(motion, BodyModel.load().bone_names)
    return up, view.camera_to_world[:3, :3].T @ [0.0, 1.0, 0.0]


@pytest.mark.parametrize("pitch", [15.0, 40.0])
def test_up_of_a_camera_that_looks_down(pitch: float) -> None:
    up, truth = seen_up(pitch, {})
    # Camera and body are both believed in part, so the tilt is found to a few degrees, and certainly its side.
    assert np.degrees(np.arccos(up @ truth)) < 7.5
    assert up[2] * truth[2] > 0
    world = camera_pose(up, np.zeros(3))
    assert np.allclose(world[:3, :3] @ up, [0.0, 1.0, 0.0], atol=1e-9)
    assert np.linalg.det(world[:3, :3]) == pytest.approx(1.0)


def test_who_bows_does_not_pitch_the_camera() -> None:
    bowed = {"spine05": (25, 0, 0), "spine03": (25, 0, 0), "spine01": (20, 0, 0)}
    up, truth = seen_up(0.0, bowed)
    assert np.degrees(np.arccos(up @ truth)) < 20


def test_a_foot_that_swings_is_no_contact() -> None:
    landmarks = np.repeat(pose({}).landmarks[None], 10, axis=0)
    landmarks[:, [28, 30, 32], 2] += np.linspace(0.0, 0.6, 10)[:, None]
    contacts = find_contacts(landmarks, np.array([0.0, 1.0, 0.0]), 1 / 30)
    assert (contacts[:, [27, 29, 31]] == 1.0).all()
    assert (contacts[2:-2, [28, 30, 32]] == 0.0).all()


def test_a_foot_that_kicks_between_frames_far_apart_is_no_contact() -> None:
    landmarks = np.repeat(pose({}).landmarks[None] - [0.0, 0.0, 3.0], 9, axis=0)
    landmarks[4, [28, 30, 32], 0] += 0.3
    landmarks[6:, [27, 29, 31], 0] += 0.08
    contacts = find_contacts(landmarks, np.array([0.0, 1.0, 0.0]), 0.6)
    assert (contacts[3:5, [28, 30, 32]] == 0.0).all() and (contacts[[0, 1, 2, 5, 6, 7]][:, [28, 30, 32]] == 1.0).all()
    # A step that would be slow enough if it had gone on all the time.
    assert (contacts[5, [27, 29, 31]] == 0.0).all() and (contacts[[0, 1, 2, 3, 4, 6, 7]][:, [27, 29, 31]] == 1.0).all()


def test_floor_ignores_jumps() -> None:
    assert find_floor(np.array([0.0] * 10 + [0.4] * 10)) == pytest.approx(0.0)
