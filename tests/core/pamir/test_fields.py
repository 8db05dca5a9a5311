"""Occupancy and colours, point by point, through batches."""

import numpy as np
import pytest
import torch

from core.pamir import geometry_field
from core.pamir.geometry_field import PamirField
from core.pamir.networks import build
from core.pamir.projection import project
from core.pamir.vertex_colours import vertex_colours
from tests.core.pamir.lively import enliven


def random(*shape: int, seed: int = 1) -> torch.Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed))


@pytest.fixture(scope="module")
def network() -> torch.nn.Module:
    return enliven(build("pamir_net"))


def test_batches_make_no_difference(network, monkeypatch: pytest.MonkeyPatch) -> None:
    image, volume = random(1, 3, 64, 64), random(1, 3, 16, 16, 16)
    points = random(1, 100, 3, seed=2) - 0.5
    with torch.no_grad():
        expected = network(image, volume, points, project(points))[-1][0, :, 0].numpy()
        features = network.image_features(image)
    for batch in (7, 1000):
        monkeypatch.setattr(geometry_field, "CPU_BATCH", batch)
        field = PamirField(network, features, volume, torch.zeros(1, 3))
        assert field.occupancy(points[0].numpy()) == pytest.approx(expected, abs=1e-5)
        assert field.occupancy(np.zeros((0, 3), np.float32)).shape == (0,)


def test_too_little_memory_means_smaller_batches(network, monkeypatch: pytest.MonkeyPatch) -> None:
    features = random(1, 256, 16, 16)
    field = PamirField(network, features, random(1, 3, 16, 16, 16), torch.zeros(1, 3))
    points = (random(2000, 3) - 0.5).numpy()
    whole = field.occupancy(points)
    sizes = []
    decode = network.decode

    def scarce(*arguments: torch.Tensor) -> torch.Tensor:
        sizes.append(arguments[2].shape[1])
        if sizes[-1] > 600:
            raise torch.OutOfMemoryError
        return decode(*arguments)

    monkeypatch.setattr(network, "decode", scarce)
    assert field.occupancy(points) == pytest.approx(whole, abs=1e-5)
    assert max(sizes[-3:]) <= 600
    # What was learnt is kept for the next question.
    count = len(sizes)
    field.occupancy(points)
    assert max(sizes[count:]) <= 600
    monkeypatch.setattr("core.device.SMALLEST_BATCH", 1000)
    field = PamirField(network, features, random(1, 3, 16, 16, 16), torch.zeros(1, 3))
    with pytest.raises(torch.OutOfMemoryError):
        field.occupancy(points)


def test_the_box_is_the_body_with_room_for_clothes_inside_the_volume() -> None:
    vertices = torch.tensor([[-0.1, -0.45, 0.0], [0.2, 0.3, 0.05], [0.7, 0.0, 0.0]])
    field = PamirField(build("pamir_net"), random(1, 256, 4, 4), random(1, 3, 16, 16, 16), vertices)
    assert field.lower == pytest.approx([-0.25, -0.5, -0.15])
    assert field.upper == pytest.approx([0.5, 0.45, 0.2])
    # What leaves the picture shows nothing of the surface.
    assert len(field.anchors) == 2


def test_vertex_colours_are_the_networks_final_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    network = enliven(build("pamir_tex_net"))
    image, volume, features = random(1, 3, 32, 32), random(1, 3, 16, 16, 16), random(1, 256, 8, 8)
    points = random(1, 50, 3, seed=2) - 0.5
    with torch.no_grad():
        expected = network(image, volume, points, project(points), features)[1][0].numpy()
    monkeypatch.setattr(geometry_field, "CPU_BATCH", 16)
    colours = vertex_colours(network, image, features, volume, points[0].numpy())
    assert colours == pytest.approx(expected, abs=1e-5)


@pytest.mark.filterwarnings("ignore:CUDA is not available")
@pytest.mark.filterwarnings("ignore:User provided device_type of 'cuda'")
def test_16_bits_on_cards_only_and_never_where_exactness_is_asked_for() -> None:
    assert isinstance(geometry_field.half_precision(torch.device("cuda")), torch.autocast)
    for device, wanted in (("cpu", True), ("mps", True), ("cuda", False)):
        assert not isinstance(geometry_field.half_precision(torch.device(device), wanted), torch.autocast)
