"""What is printed on a person is followed through the pictures, and the body goes with it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from core.body.fit import FIRM_MOTION, LOOSE_MOTION, STEPS_FIRM, STEPS_LOOSE, STEPS_MASK, BodyMotion, ClipFit
from core.body.flow import STEPS, SurfaceFlow, surface_flow
from core.body.model import BodyModel
from core.body.observations import Observations, read_observations
from core.events import SilentEvents
from core.job import Job
from core.picture import write_jpeg
from core.render import CameraView, MeshCaster, shade
from core.spaces import Camera
from tests.core.posed_person import HEIGHT, WIDTH, Person, camera, film, pose

FRAMES, TURN = 5, 4.0


def turning(row: int) -> Person:
    """A person who turns by TURN degrees a frame."""
    return pose({"root": (0.0, TURN * row, 0.0)})


def patterned() -> np.ndarray:
    """(V, 3) uint8 colours of the body: waves of 7 to 15 cm in all directions, as of a printed cloth."""
    places, waves = BodyModel.load().mean_vertices, np.random.default_rng(0)
    lengths = waves.uniform(0.07, 0.15, 12)
    ways = waves.normal(size=(12, 3))
    ways /= np.linalg.norm(ways, axis=1, keepdims=True) * lengths[:, None]
    grey = 128 + 40 * np.sin(2 * np.pi * (places @ ways.T) + waves.uniform(0, 6, 12)).sum(axis=1)
    return np.repeat(np.clip(grey, 0, 255).astype(np.uint8)[:, None], 3, axis=1)


def dressed(folder: Path, people: list[Person]) -> Job:
    """The job of a clip that shows them in a patterned cloth."""
    job, colours, model = film(folder, people, camera()), patterned(), BodyModel.load()
    for row, person in enumerate(people):
        hits = MeshCaster(person.vertices, model.triangles).cast(CameraView(camera(), WIDTH, HEIGHT))
        write_jpeg(job.picture_path(row), shade(hits, colours=colours)[..., :3])
    return job


def true_motion(people: list[Person]) -> BodyMotion:
    """How they move, in the camera's axes."""
    from scipy.spatial.transform import Rotation

    view, model = camera(), BodyModel.load()
    to_camera = view.camera_to_world[:3, :3].T
    rotations = np.stack([person.rotations for person in people])
    roots = Rotation.from_matrix(to_camera) * Rotation.from_rotvec(rotations[:, 0])
    rotations[:, 0] = roots.as_rotvec()
    joints, landmarks = (
        view.world_to_camera(np.stack([getattr(person, name) for person in people])) for name in ("joints", "landmarks")
    )
    shape = np.zeros(model.shape_count, np.float32)
    return BodyMotion(rotations, joints[:, 0].astype(np.float32), joints, landmarks, shape, 1.0, view.focal)


def at_full_rate(observed: Observations) -> Observations:
    """Of a clip of 30 frames a second."""
    return replace(observed, times=np.arange(FRAMES) / 30)


@pytest.fixture(scope="module")
def people() -> list[Person]:
    return [turning(row) for row in range(FRAMES)]


@pytest.fixture(scope="module")
def observed(tmp_path_factory: pytest.TempPathFactory, people: list[Person]) -> tuple[Job, Observations]:
    job = dressed(tmp_path_factory.mktemp("turning"), people)
    return job, at_full_rate(read_observations(job))


@pytest.fixture(scope="module")
def flow(observed: tuple[Job, Observations], people: list[Person]) -> SurfaceFlow:
    return surface_flow(*observed, true_motion(people), SilentEvents())


def test_places_are_followed_to_a_fraction_of_a_pixel(flow: SurfaceFlow, people: list[Person]) -> None:
    pixels = np.stack([camera().project(person.vertices[flow.vertices]) for person in people])
    for index, step in enumerate(STEPS):
        truth, found = pixels[step:] - pixels[:-step], flow.ways[index, :-step].numpy()
        believed = flow.belief[index, :-step].numpy() > 0.5
        away = np.linalg.norm(found - truth, axis=-1)[believed]
        assert np.linalg.norm(truth, axis=-1)[believed].mean() > 0.7 * step
        assert np.median(away) < 0.15 * step
        assert believed.mean() > 0.15
        # Nothing follows the last frames.
        assert not flow.belief[index, -step:].any()


def test_the_side_that_is_not_seen_says_nothing(flow: SurfaceFlow, people: list[Person]) -> None:
    view = camera()
    for row, person in enumerate(people[:-1]):
        places, hips = person.vertices[flow.vertices], person.joints[:1]
        behind = view.world_to_camera(places)[:, 2] < view.world_to_camera(hips)[0, 2]
        behind &= np.abs(places - hips)[:, 0] < 0.05
        assert behind.sum() > 10
        assert flow.belief[0, row, behind].max() == 0


def test_cloth_without_a_pattern_says_hardly_anything(tmp_path: Path, people: list[Person], flow: SurfaceFlow) -> None:
    job = film(tmp_path, people, camera())
    plain = surface_flow(job, at_full_rate(read_observations(job)), true_motion(people), SilentEvents())
    assert float(plain.belief.sum()) < 0.1 * float(flow.belief.sum())


def test_frames_far_apart_say_nothing_about_each_other(
    observed: tuple[Job, Observations], people: list[Person]
) -> None:
    job, seen = observed
    apart = replace(seen, times=seen.times * 5)
    assert not surface_flow(job, apart, true_motion(people), SilentEvents()).belief.any()


def test_a_body_goes_with_its_picture_where_landmarks_tremble(
    observed: tuple[Job, Observations], people: list[Person]
) -> None:
    job, seen = observed
    tremble = np.random.default_rng(3).normal(0.0, 4.0, (FRAMES, 33, 2)).astype(np.float32)
    trembling = replace(seen, image=seen.image + torch.from_numpy(tremble))
    errors = []
    for follows in (False, True):
        fit = ClipFit(BodyModel.load(), trembling, trembling.focal, 1.0)
        fit.run(STEPS_LOOSE, use_masks=False, motion=LOOSE_MOTION, rate=0.06, report=lambda: None)
        fit.run(STEPS_FIRM, use_masks=False, motion=FIRM_MOTION, rate=0.03, report=lambda: None)
        if follows:
            fit.follow(surface_flow(job, trembling, fit.result(), SilentEvents()))
        fit.run(STEPS_MASK, use_masks=True, motion=1.0, rate=0.02, report=lambda: None)
        errors.append(np.linalg.norm(ways_of(fit.result()) - true_ways(people), axis=-1).mean())
    assert errors[1] < 0.6 * errors[0]


def ways_of(motion: BodyMotion) -> np.ndarray:
    """(F - 1, V', 2) pixels that every seventh vertex goes in the image from a frame to the next."""
    model, size = BodyModel.load(), (WIDTH, HEIGHT)
    view = Camera(motion.focal, (size[0] / 2, size[1] / 2), *size, np.eye(4))
    posed = [
        model.vertices(motion.shape, motion.scale, turns, place)[::7]
        for turns, place in zip(motion.rotations, motion.translation, strict=True)
    ]
    return np.diff(view.project(np.stack(posed)), axis=0)


def true_ways(people: list[Person]) -> np.ndarray:
    return np.diff(camera().project(np.stack([person.vertices[::7] for person in people])), axis=0)
