"""PaMIR's networks: the checkpoints' keys, and every number against numpy."""

from pathlib import Path

import numpy as np
import pytest
import torch

from core.pamir import graph_cmr
from core.pamir.body_regressor import nearest_rotations
from core.pamir.networks import build
from tests.core.pamir import formulas
from tests.core.pamir.lively import enliven

KEYS = Path(__file__).with_name("state_dict.txt")
# Tensors and values of each network, as counted on the published ones.
COUNTS = {
    "pamir_net": (1468, 27_225_105),
    "pamir_tex_net": (142, 13_085_268),
    "graph_cnn": (444, None),
    "smpl_param_regressor": (37, None),
}


def published(key: str) -> dict[str, tuple[tuple[int, ...], str]]:
    """Shapes and types by name, in order, of the table beside this file."""
    section = KEYS.read_text().split(f"[{key}]\n")[1].split("\n[")[0]
    rows = [line.split() for line in section.splitlines()]
    return {name: (tuple(int(n) for n in shape.split("x") if n != "-"), kind) for name, shape, kind in rows}


def make(key: str) -> torch.nn.Module:
    graph = {"adjacency": torch.eye(1723).to_sparse(), "template": torch.zeros(1723, 3)}
    return build(key, **(graph if key == "graph_cnn" else {}))


def numbers(network: torch.nn.Module) -> dict[str, np.ndarray]:
    return {name: value.double().numpy() for name, value in network.state_dict().items()}


def random(*shape: int, seed: int = 1) -> torch.Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("key", COUNTS)
def test_keys_shapes_types_and_their_order(key: str) -> None:
    state = make(key).state_dict()
    own = {name: (tuple(value.shape), str(value.dtype).removeprefix("torch.")) for name, value in state.items()}
    assert list(own.items()) == list(published(key).items())
    tensors, values = COUNTS[key]
    assert len(own) == tensors
    if values is not None:
        assert sum(value.numel() for value in state.values()) == values


@pytest.fixture(scope="module")
def geometry() -> torch.nn.Module:
    return enliven(build("pamir_net"))


def points(count: int = 40) -> tuple[torch.Tensor, torch.Tensor]:
    """Some inside the volume and the picture, some beyond their borders."""
    return (random(1, count, 3, seed=2) - 0.5) * 1.2, (random(1, count, 2, seed=3) - 0.5) * 2.4


def test_geometry_network_number_by_number(geometry: torch.nn.Module) -> None:
    image, volume = random(1, 3, 64, 64), random(1, 3, 16, 16, 16)
    where, projections = points()
    with torch.no_grad():
        results = geometry(image, volume, where, projections)
    weights = numbers(geometry)
    maps = formulas.image_encoder(image[0].double().numpy(), weights)[1:]
    volumes = formulas.volume_encoder(volume[0].double().numpy(), weights)
    assert len(results) == 3
    for result, features, encoded in zip(results, maps, volumes, strict=True):
        sampled = [
            formulas.sample(features, projections[0].double().numpy()),
            formulas.sample(encoded, 2 * where[0].double().numpy()),
        ]
        expected = formulas.decoder(np.concatenate(sampled), weights)
        assert result.shape == (1, 40, 1)
        assert np.ptp(expected) > 0.05
        assert result[0, :, 0].numpy() == pytest.approx(expected[0], abs=2e-5)


def test_features_apart_from_decoding_are_the_last_stage(geometry: torch.nn.Module) -> None:
    image, volume = random(2, 3, 64, 64), random(2, 3, 16, 16, 16)
    where, projections = (part.expand(2, -1, -1) for part in points())
    kept = where.clone()
    with torch.no_grad():
        whole = geometry(image, volume, where, projections)[-1]
        features, encoded = geometry.image_features(image), geometry.volume_features(volume)
        apart = geometry.decode(features, encoded, where, projections)
        single = geometry.decode(features[:1], encoded[:1], where[:1, :1], projections[:1, :1])
    assert torch.equal(whole, apart)
    # The published code doubles its caller's points, and fails for a single one.
    assert torch.equal(where, kept)
    assert single[0, 0, 0].item() == pytest.approx(whole[0, 0, 0].item(), abs=1e-6)


def test_gradients_reach_points_through_picture_and_volume(geometry: torch.nn.Module) -> None:
    with torch.no_grad():
        features = geometry.image_features(random(1, 3, 64, 64)).double()
        encoded = geometry.volume_features(random(1, 3, 16, 16, 16)).double()
    decoder = enliven(build("pamir_net")).double()
    where = ((random(1, 4, 3, seed=5) - 0.5) * 0.8).double().requires_grad_()
    projections = (random(1, 4, 2, seed=6) - 0.5).double().requires_grad_()
    assert torch.autograd.gradcheck(lambda p, q: decoder.decode(features, encoded, p, q), (where, projections))


def test_texture_network_number_by_number() -> None:
    network = enliven(build("pamir_tex_net"))
    image, volume, geometry_features = random(1, 3, 32, 32), random(1, 3, 16, 16, 16), random(1, 256, 8, 8, seed=4)
    where, projections = points()
    with torch.no_grad():
        predicted, final, attention, sampled_volume = network(image, volume, where, projections, geometry_features)
    weights = numbers(network)
    place = projections[0].double().numpy()
    picture = image[0].double().numpy()
    in_volume = formulas.sample(formulas.volume_encoder(volume[0].double().numpy(), weights)[2], 2 * where[0].numpy())
    sampled = [
        formulas.sample(formulas.texture_encoder(picture, weights), place),
        formulas.sample(geometry_features[0].double().numpy(), place),
        in_volume,
    ]
    expected = formulas.decoder(np.concatenate(sampled), weights)
    mixed = expected[3] * formulas.sample(picture, place) + (1 - expected[3]) * expected[:3]
    assert np.ptp(expected[3]) > 0.05
    assert predicted[0].T.numpy() == pytest.approx(expected[:3], abs=2e-5)
    assert attention[0, :, 0].numpy() == pytest.approx(expected[3], abs=2e-5)
    assert final[0].T.numpy() == pytest.approx(mixed, abs=2e-5)
    assert sampled_volume[0].numpy() == pytest.approx(in_volume, abs=2e-4)


def test_graph_network_number_by_number() -> None:
    rng = np.random.default_rng(0)
    adjacency = rng.random((12, 12)) * (rng.random((12, 12)) < 0.4) + np.eye(12)
    adjacency /= adjacency.sum(axis=1, keepdims=True)
    template = rng.normal(size=(12, 3))
    for matrix in (torch.from_numpy(adjacency).float(), torch.from_numpy(adjacency).float().to_sparse()):
        network = enliven(build("graph_cnn", adjacency=matrix, template=torch.from_numpy(template).float()))
        assert not {"adjacency", "template"} & {name.split(".")[-1] for name in network.state_dict()}
        image = random(1, 3, 224, 224) - 0.5
        with torch.no_grad():
            vertices, camera = network(image)
        shape, seen = formulas.graph_network(image[0].double().numpy(), numbers(network), adjacency, template)
        assert vertices.shape == (1, 3, 12)
        assert camera.shape == (1, 3)
        assert vertices[0].numpy() == pytest.approx(shape, abs=1e-3 * np.abs(shape).max())
        assert camera[0].numpy() == pytest.approx(seen, abs=1e-3 * np.abs(seen).max())


def test_regressor_number_by_number() -> None:
    network = enliven(build("smpl_param_regressor", vertices=9))
    vertices = random(2, 9, 6) - 0.5
    with torch.no_grad():
        rotations, betas = network(vertices)
    expected = formulas.regressor(vertices[1].double().numpy(), numbers(network))
    assert betas[1].numpy() == pytest.approx(expected[216:], abs=1e-4)
    for rotation, matrix in zip(rotations[1].numpy(), expected[:216].reshape(24, 3, 3), strict=True):
        left, _, right = np.linalg.svd(matrix)
        nearest = left @ right
        assert rotation == pytest.approx(nearest * np.linalg.det(nearest), abs=1e-3)


def test_a_reflection_is_negated_as_a_whole() -> None:
    mirror = torch.diag(torch.tensor([1.0, 1.0, -1.0]))[None]
    # The nearest rotation would be the identity; the checkpoints were trained with this one.
    assert nearest_rotations(mirror)[0].numpy() == pytest.approx(-mirror[0].numpy(), abs=1e-6)


def test_graphcmr_sees_a_small_normalised_picture() -> None:
    image = random(1, 3, 512, 512)
    centres = (np.arange(224) + 0.5) / 224 * 2 - 1
    grid = np.stack(np.meshgrid(centres, centres), axis=-1).reshape(-1, 2)
    small = formulas.sample(image[0].double().numpy(), grid).reshape(3, 224, 224)
    mean, deviation = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
    expected = (small - mean[:, None, None]) / deviation[:, None, None]
    assert graph_cmr.normalise(image)[0].numpy() == pytest.approx(expected, abs=1e-3)


def test_training_starts_with_small_convolutions() -> None:
    weights = build("pamir_net").state_dict()
    kernel = weights["hg.r4.conv1.weight"]
    # Xavier normal: gain * sqrt(2 / (inputs + outputs)), each times the kernel's size.
    assert kernel.std().item() == pytest.approx(0.02 * (2 / (9 * (128 + 64))) ** 0.5, rel=0.02)
    assert not weights["mlp.conv0.0.bias"].any()
