"""The open network: starts from the body, learns, and is asked point by point."""

from pathlib import Path

import numpy as np
import pytest
import torch
import trimesh

from core.body.model import BodyModel
from core.errors import RestageError
from core.open.body_maps import BodyShape
from core.open.field import OpenField
from core.open.inputs import filled
from core.open.kept import body_share, field_share
from core.open.network import CENTIMETRE, DETAILS, SURE, OpenNet
from core.open.reach import Reach
from core.open.weights import read_open
from core.surface.grid import sample_field
from core.surface.mesh import extract_mesh


@pytest.fixture(scope="module")
def ball() -> BodyShape:
    sphere = trimesh.creation.icosphere(subdivisions=5, radius=0.2)
    codes, share = (sphere.vertices * 5).astype(np.float32), np.zeros(len(sphere.vertices), np.float32)
    return BodyShape(sphere.vertices.astype(np.float32), np.asarray(sphere.faces, np.int32), codes, share)


def far(body: BodyShape, least: float = -1.0, sure: float = 8 * CENTIMETRE) -> Reach:
    """The network is believed 8 cm away from the body, beyond `sure` less; within `least` all is filled."""
    return Reach(*(np.full(len(body.vertices), away, np.float32) for away in (least, sure, 8 * CENTIMETRE)))


def pictures() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return rng.integers(0, 255, (256, 256, 3), np.uint8), np.ones((256, 256), np.float32)


def test_a_new_network_says_what_the_body_says(ball: BodyShape) -> None:
    torch.manual_seed(0)
    picture, mask = pictures()
    # Without a mask there is nobody to be eager for.
    field = OpenField(OpenNet().eval(), picture, 0 * mask, ball, far(ball))
    points = np.random.default_rng(1).uniform(-0.3, 0.3, (500, 3)).astype(np.float32)
    distance = np.linalg.norm(points, axis=1) - 0.2
    expected = 1 / (1 + np.exp(np.clip(distance / CENTIMETRE, -6, 6)))
    assert field.occupancy(points) == pytest.approx(expected, abs=0.1)
    normals = field.details[128, 128, :6]
    assert normals == pytest.approx([0, 0, 1, 0, 0, -1], abs=0.05)
    vertices, _ = extract_mesh(sample_field(field, 64))
    assert np.linalg.norm(vertices, axis=1) == pytest.approx(np.full(len(vertices), 0.2), abs=2e-3)


def test_batches_make_no_difference(ball: BodyShape, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    network = OpenNet().eval()
    torch.nn.init.normal_(network.last.weight)
    field = OpenField(network, *pictures(), ball, far(ball))
    points = np.random.default_rng(1).uniform(-0.3, 0.3, (100, 3)).astype(np.float32)
    whole = field.occupancy(points)
    monkeypatch.setattr("core.open.field.BATCH", 7)
    assert field.occupancy(points) == pytest.approx(whole, abs=1e-6)
    assert field.occupancy(points[:0]).shape == (0,)


def test_it_learns_that_clothes_are_wider_than_the_body(ball: BodyShape) -> None:
    """A body of 0.2 whose clothes reach to 0.22: seen from points, the network finds the surface."""
    torch.manual_seed(0)
    network = OpenNet()
    picture = torch.ones(1, 4, 256, 256)
    maps = torch.from_numpy(filled(ball.maps(128)))[None]
    rng = np.random.default_rng(0)
    optimiser = torch.optim.Adam(network.parameters(), lr=3e-3)
    for _ in range(30):
        points = rng.uniform(-0.27, 0.27, (1500, 3)).astype(np.float32)
        inside = torch.from_numpy((np.linalg.norm(points, axis=1) < 0.22).astype(np.float32))[None]
        body = torch.from_numpy(ball.points(points))[None]
        logits = network.decode(network.encode(picture, maps), torch.from_numpy(points)[None], body)
        loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, inside)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    field = OpenField(
        network.eval(), np.full((256, 256, 3), 255, np.uint8), np.ones((256, 256), np.float32), ball, far(ball)
    )
    vertices, _ = extract_mesh(sample_field(field, 64))
    assert np.linalg.norm(vertices, axis=1).mean() == pytest.approx(0.22, abs=0.006)


def test_what_cloth_spans_is_filled_whatever_the_network_says(ball: BodyShape) -> None:
    torch.manual_seed(0)
    field = OpenField(OpenNet().eval(), *pictures(), ball, far(ball, least=2 * CENTIMETRE))
    vertices, _ = extract_mesh(sample_field(field, 64))
    assert np.linalg.norm(vertices, axis=1).mean() == pytest.approx(0.2 + 2 * CENTIMETRE, abs=0.001)


def test_cutting_off_empty_columns_changes_little(ball: BodyShape, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    network = OpenNet().eval()
    for layer in (network.last, network.details, network.sides):
        torch.nn.init.normal_(layer.weight, std=0.1)
    picture, mask = pictures()
    mask = mask * np.repeat(np.repeat(ball.maps(128)[0], 2, 0), 2, 1)
    points = np.random.default_rng(1).uniform(-0.2, 0.2, (500, 3)).astype(np.float32)
    cut = OpenField(network, picture, mask, ball, far(ball))
    monkeypatch.setattr("core.open.field.columns_shown", lambda mask, body, step: 128)
    whole = OpenField(network, picture, mask, ball, far(ball))
    assert cut._columns != whole._columns
    # The network's norms see less black; places stay where they were.
    assert np.corrcoef(cut.occupancy(points), whole.occupancy(points))[0, 1] > 0.995
    assert np.corrcoef(cut.details[128, 70:180].ravel(), whole.details[128, 70:180].ravel())[0, 1] > 0.9


def test_the_body_counts_where_it_is_asked_to(ball: BodyShape) -> None:
    """A network that says "nothing here" against a body that counts on its right half."""
    torch.manual_seed(0)
    network = OpenNet().eval()
    torch.nn.init.constant_(network.last.bias, -20.0)
    share = (ball.vertices[:, 0] > 0).astype(np.float32)
    kept = BodyShape(ball.vertices, ball.caster.faces, ball.vertices, share)
    field = OpenField(network, *pictures(), kept, far(kept))
    assert field.occupancy(np.array([[0.15, 0, 0], [-0.15, 0, 0]], np.float32)) == pytest.approx([1.0, 0.0], abs=0.01)


def test_behind_a_thing_the_body_counts(ball: BodyShape) -> None:
    """A network that says "nothing here", and something in front of the left half of the picture."""
    torch.manual_seed(0)
    network = OpenNet().eval()
    torch.nn.init.constant_(network.last.bias, -20.0)
    torch.nn.init.normal_(network.details.weight, std=0.1)
    covered = np.zeros((256, 256), np.float32)
    covered[:, :128] = 1.0
    field = OpenField(network, *pictures(), ball, far(ball), covered)
    assert field.occupancy(np.array([[-0.15, 0, 0], [0.15, 0, 0]], np.float32)) == pytest.approx([1.0, 0.0], abs=0.01)
    assert not field.details[:, :128].any() and field.details[100:150, 130:150].any()


def test_feet_are_the_bodys_by_half_for_the_field_alone() -> None:
    feet, rest = BodyModel.load().of_parts("foot"), BodyModel.load().of_parts("hand", "head", "torso", "thigh")
    assert 0.4 < field_share()[feet].mean() <= 0.5
    assert body_share()[feet].max() < 0.01
    assert np.array_equal(field_share()[rest], body_share()[rest])


def test_hands_are_the_bodys_and_the_trunk_is_not() -> None:
    model = BodyModel.load()
    share = body_share()
    hands, torso = (model.parts == model.part_names.index(name) for name in ("hand", "torso"))
    assert share[hands].mean() > 0.9
    assert share[torso].mean() < 0.01
    nose = np.linalg.norm(model.mean_vertices - model.landmark_mean[0], axis=1).argmin()
    assert share[nose] > 0.6


def test_behind_the_network_may_leave_the_picture(ball: BodyShape) -> None:
    """With its gate shut, the colours of the back are its own, whatever the front shows."""
    torch.manual_seed(0)
    network = OpenNet().eval()
    picture, mask = pictures()
    alike = OpenField(network, picture, mask, ball, far(ball)).details[..., 6:]
    assert np.corrcoef(alike.ravel(), picture.ravel())[0, 1] > 0.99
    with torch.no_grad():
        network.details.bias[DETAILS] = -20.0
        network.details.bias[DETAILS + 1 :] = torch.tensor([0.3, 0.0, -0.3])
    own = OpenField(network, picture, mask, ball, far(ball)).details[128, 128, 6:]
    assert own == pytest.approx([0.8, 0.5, 0.2], abs=1e-3)


def test_far_from_the_body_a_network_is_not_believed(ball: BodyShape) -> None:
    network = OpenNet().eval()
    torch.nn.init.zeros_(network.last.weight)
    # So sure that everything is inside that the body's own sureness does not hold it.
    torch.nn.init.constant_(network.last.bias, SURE + 1.0)
    picture, mask = pictures()
    field = OpenField(network, picture, np.ones_like(mask), ball, far(ball))
    distances = np.array([0.05, 0.2 + 4 * CENTIMETRE, 0.2 + 11 * CENTIMETRE], np.float32)
    inside = field.occupancy(np.stack([np.zeros(3), distances, np.zeros(3)], axis=1).astype(np.float32)) > 0.5
    assert inside.tolist() == [True, True, False]


def test_what_is_hardly_sure_is_hair_close_to_the_head_only(ball: BodyShape) -> None:
    """Where it knows little, a network sees plates beside a head; of long hair it is sure."""
    network = OpenNet().eval()
    torch.nn.init.zeros_(network.last.weight)
    points = np.array([[0, 0.2 + away * CENTIMETRE, 0] for away in (2, 7)], np.float32)
    for more, expected in ((0.5, [True, False]), (3.0, [True, True])):
        # More than the body's own sureness that this is outside.
        torch.nn.init.constant_(network.last.bias, SURE + more)
        field = OpenField(network, *pictures(), ball, far(ball, sure=3 * CENTIMETRE))
        assert (field.occupancy(points) > 0.5).tolist() == expected


def test_a_file_of_other_weights_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.safetensors"
    path.write_bytes(b"no weights")
    with pytest.raises(RestageError) as caught:
        read_open(path)
    assert caught.value.code == "weights_unreadable"
