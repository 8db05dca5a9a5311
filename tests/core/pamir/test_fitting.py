"""Body reference optimisation: each term against its formula, and a pose that is known."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from core.body.smpl import SmplBody
from core.body.voxelize import voxelize
from core.pamir import fitting
from core.pamir.fitting import fit_body, posed
from core.pamir.keypoints import Keypoints
from core.pamir.networks import build
from core.pamir.parameters import BodyParameters, rotation_matrices
from core.pamir.projection import project
from tests.core.pamir.lively import enliven

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def network() -> torch.nn.Module:
    return enliven(build("pamir_net"))


@pytest.fixture(scope="module")
def features(network: torch.nn.Module) -> torch.Tensor:
    picture = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        return network.image_features(picture)


def start(seed: int = 0) -> BodyParameters:
    turns = np.random.default_rng(seed).normal(0, 0.15, (24, 3))
    k = 0.45
    return BodyParameters(
        rotation_matrices(turns.astype(np.float32)),
        np.zeros(10, np.float32),
        np.array([k, -k, -k], np.float32),
        np.array([0.01, 0.02, 0.0], np.float32),
    )


def seen(body: SmplBody, parameters: BodyParameters) -> np.ndarray:
    """(24, 2) projected keypoints, by way of metres."""
    rotations, betas = torch.from_numpy(parameters.rotations)[None], torch.from_numpy(parameters.betas)[None]
    points = body.keypoints(*body.pose(rotations, betas))[0].numpy() * parameters.scale + parameters.translation
    return project(torch.from_numpy(points)).numpy()


def all_known(body: SmplBody, parameters: BodyParameters) -> Keypoints:
    return Keypoints(seen(body, parameters).astype(np.float32), np.ones(24, np.float32))


def test_the_first_step_follows_the_descriptions_loss(network, features, body: SmplBody, monkeypatch) -> None:
    """Adam's first step goes by the sign of the gradient, so the loss itself is caught on its way."""
    losses = []
    backward = torch.Tensor.backward
    monkeypatch.setattr(torch.Tensor, "backward", lambda self: (losses.append(self.item()), backward(self)))
    query = torch.arange(0, body.surface_count, 2)
    rng = np.random.default_rng(1)
    keypoints = Keypoints(rng.uniform(-1, 1, (24, 2)).astype(np.float32), rng.uniform(0, 1, 24).astype(np.float32))
    fit_body(network, features, body, start(), keypoints, query, steps=1, voxels=32)

    vertices = posed(body, start(), CPU)
    volume = network.volume_features(voxelize(vertices, body.tetrahedra, body.codes, 32)[None])
    asked = vertices[None, query]
    occupancy = network.decode(features, volume, asked, project(asked)).detach().numpy()
    outside = 0.5 - occupancy
    surface = np.abs(np.where(outside > 0, outside, 0.5 * outside)).mean()
    distance = keypoints.confidence[:, None] * (seen(body, start()) - keypoints.points)
    # Pose and depths have not moved yet.
    assert losses == [pytest.approx(surface + 500 * (distance**2).mean(), rel=1e-4)]


def test_later_steps_hold_pose_and_depth(network, features, body: SmplBody, monkeypatch) -> None:
    """With the other terms' weights at 0, what is left after some steps is what was moved."""
    for name in ("OCCUPANCY", "DEPTH"):
        monkeypatch.setattr(fitting, name, 0.0)
    target = all_known(body, start(4))
    query = torch.arange(4)
    free = fit_body(network, features, body, start(), target, query, steps=30, voxels=16)
    monkeypatch.setattr(fitting, "PRIOR", 1e4)
    held = fit_body(network, features, body, start(), target, query, steps=30, voxels=16)

    def moved(fitted: fitting.Fitted) -> float:
        return float(np.abs(fitted.parameters.axis_angles - start().axis_angles)[1:].mean())

    assert moved(free) > 0.01
    assert moved(held) < 0.3 * moved(free)


def test_a_known_pose_is_approached_and_the_rest_stays(network, features, body: SmplBody) -> None:
    target = start(5)
    target = replace(target, rotations=np.concatenate([start().rotations[:1], target.rotations[1:]]))
    fitted = fit_body(
        network, features, body, start(), all_known(body, target), torch.arange(0, 200, 4), steps=50, voxels=32
    ).parameters
    before, after = (np.linalg.norm(seen(body, p) - seen(body, target), axis=1).mean() for p in (start(), fitted))
    assert after < 0.5 * before
    assert fitted.rotations[0] == pytest.approx(start().rotations[0], abs=1e-6)
    for name in ("betas", "scale", "translation"):
        assert np.array_equal(getattr(fitted, name), getattr(start(), name))


def test_unknown_keypoints_have_no_pull(network, features, body: SmplBody) -> None:
    query = torch.arange(0, 200, 10)
    results = []
    for points in (np.zeros((24, 2)), np.full((24, 2), -1.0)):
        nothing = Keypoints(points.astype(np.float32), np.zeros(24, np.float32))
        results.append(fit_body(network, features, body, start(), nothing, query, steps=3, voxels=16).parameters)
    results.append(fit_body(network, features, body, start(), None, query, steps=3, voxels=16).parameters)
    assert np.array_equal(results[0].rotations, results[1].rotations)
    assert results[0].rotations == pytest.approx(results[2].rotations, abs=1e-6)


def test_result_is_of_one_step_and_quirks_one_before(network, features, body: SmplBody) -> None:
    arguments = (network, features, body, start(), all_known(body, start(3)), torch.arange(0, 200, 10))
    fitted = fit_body(*arguments, steps=4, voxels=16)
    assert torch.allclose(fitted.vertices, posed(body, fitted.parameters, CPU))
    assert torch.equal(fitted.volume, voxelize(fitted.vertices, body.tetrahedra, body.codes, 16)[None])
    stale = fit_body(*arguments, steps=4, voxels=16, quirks=True)
    before = fit_body(*arguments, steps=3, voxels=16)
    assert np.array_equal(stale.parameters.rotations, fitted.parameters.rotations)
    assert torch.allclose(stale.vertices, before.vertices, atol=1e-6)
    assert torch.equal(stale.volume, fitted.volume)


def test_the_network_is_left_as_it_was(network, features, body: SmplBody) -> None:
    before = [(weight.requires_grad, weight.detach().clone()) for weight in network.parameters()]
    with torch.no_grad():
        fit_body(network, features, body, start(), None, torch.arange(10), steps=2, voxels=16)
    for weight, (needed, value) in zip(network.parameters(), before, strict=True):
        assert weight.requires_grad is needed
        assert weight.grad is None
        assert torch.equal(weight, value)


def test_a_given_body_is_taken_as_it_is(network, features, body: SmplBody) -> None:
    fitted = fit_body(network, features, body, start(), None, torch.arange(10), steps=0, voxels=16)
    assert np.array_equal(fitted.parameters.rotations, start().rotations)
    assert torch.equal(fitted.vertices, posed(body, start(), CPU))
