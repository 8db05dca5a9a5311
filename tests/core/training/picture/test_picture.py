"""People of boxes as clouds of points, filmed; what is done to their pictures; a run of training."""

from pathlib import Path

import pytest
import torch
from torch.nn import functional

import core.training.picture.film as film
import core.training.picture.stances as module
import core.training.picture.train as training
from core.events import SilentEvents
from core.lifting import LOOKER
from core.lifting.picture_network import GREY, PICTURE, QUERIES, PictureNet
from core.training.dataset import DataSet
from core.training.lifting.moves import CHEST, HIPS, INDEX
from core.training.picture.builds import draw_builds
from core.training.picture.clouds import MOVED, Clouds
from core.training.picture.degrade import degraded
from core.training.picture.draws import Draws
from core.training.picture.film import shoot
from core.training.picture.stances import Stances, rotations, transforms
from core.training.picture.train import people_of, train_picture
from core.weights_file import read_weights
from tests.core.training.synthetic_people import write_people

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> tuple[Clouds, Stances]:
    folder = tmp_path_factory.mktemp("picture")
    avatars, motions = write_people(folder)
    return people_of(DataSet.open(avatars, motions, folder / "train", "train"), motions, "train", CPU)


def test_points_lie_on_the_person_who_is_seen(people: tuple[Clouds, Stances]) -> None:
    shots = shoot(*people, Draws.of(6, 1, CPU), varied=False)
    near = functional.max_pool2d(shots.masks, 31, 1, 15)
    found = functional.grid_sample(near, 2 * shots.points[:, None, :, :2], align_corners=False)
    assert found[:, 0, 0].mean() > 0.8
    assert 0.02 < shots.masks.mean() < 0.5


def test_bones_turn_and_keep_their_lengths(people: tuple[Clouds, Stances]) -> None:
    clouds, stances = people
    heads = clouds.heads[[0] * 4]
    moving = transforms(stances.draw(Draws.of(4, 2, CPU)), heads, torch.ones_like(heads))
    turns = moving[..., :3]
    assert torch.allclose(turns @ turns.transpose(2, 3), torch.eye(3).expand_as(turns), atol=1e-4)
    moved = (turns @ heads[..., None])[..., 0] + moving[..., 3]
    for upper, lower in ((1, 2), (2, 3)):
        before = (heads[:, upper] - heads[:, lower]).norm(dim=1)
        assert torch.allclose((moved[:, upper] - moved[:, lower]).norm(dim=1), before, atol=1e-4)


def test_a_build_makes_both_legs_longer_and_leaves_them_joined(people: tuple[Clouds, Stances]) -> None:
    clouds, stances = people
    heads = clouds.heads[[0] * 32]
    turns, builds = stances.draw(Draws.of(32, 2, CPU)), draw_builds(Draws.of(32, 3, CPU))
    moving = transforms(turns, heads, builds)
    placed = (moving[..., :3] @ heads[..., None])[..., 0] + moving[..., 3]

    def length(upper: str, lower: str) -> torch.Tensor:
        ends = [placed[:, MOVED.index(name)] for name in (upper, lower)]
        rest = [heads[:, MOVED.index(name)] for name in (upper, lower)]
        return (ends[0] - ends[1]).norm(dim=1) / (rest[0] - rest[1]).norm(dim=1)

    left, right = length("LeftUpLeg", "LeftLeg"), length("RightUpLeg", "RightLeg")
    assert torch.allclose(left, right, atol=0.02)
    assert 0.03 < left.std() < 0.15
    # The knee is one place, whether it is reached from the thigh or is where the shin begins.
    knee, thigh = MOVED.index("LeftLeg"), MOVED.index("LeftUpLeg")
    reached = (moving[:, thigh, :, :3] @ heads[:, knee, :, None])[..., 0] + moving[:, thigh, :, 3]
    assert torch.allclose(reached, placed[:, knee], atol=1e-4)


def test_who_stands_is_straight_and_keeps_heading_and_arms(
    people: tuple[Clouds, Stances], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, stances = people
    monkeypatch.setattr(module, "STOOD", 1e-6)
    moments = stances.turns[torch.arange(8) % len(stances.turns)].clone()
    stood = stances._standing(moments, Draws.of(8, 4, CPU))
    for side in ("Left", "Right"):
        upper, lower, foot = (stood[:, INDEX[side + bone]][:, :, 1] for bone in ("UpLeg", "Leg", "Foot"))
        # A leg's bones point up in the T-pose: thigh, shin and the world's vertical are one line, a hand's width aside.
        assert ((upper * lower).sum(dim=1) > 0.99).all()
        assert (upper[:, 1] > 0.98).all()
        assert (foot[:, 1] > 0.99).all()
    forwards = [turns[:, HIPS, [0, 2], 2] for turns in (moments, stood)]
    assert torch.allclose(*(functional.normalize(way, dim=1) for way in forwards), atol=1e-3)
    arm = INDEX["LeftForeArm"]
    before, after = (turns[:, CHEST].transpose(1, 2) @ turns[:, arm] for turns in (moments, stood))
    assert torch.allclose(before, after, atol=1e-4)


def test_a_roof_keeps_light_from_what_is_below_it_and_a_wall_lights_itself() -> None:
    line = torch.linspace(-0.5, 0.5, 60)
    x, z = (values.flatten() for values in torch.meshgrid(line, line, indexing="ij"))
    floor = torch.stack([x, torch.zeros_like(x), z], dim=1)
    roof = floor[x > 0] + torch.tensor([0.0, 0.4, 0.0])
    # A wall that leans back a little: the light from above grazes it.
    wall = torch.stack([x, 0.8 + z, -1.0 - 0.1 * z], dim=1)
    up, back = torch.tensor([0.0, 1.0, 0.0]), functional.normalize(torch.tensor([0.0, 0.1, 1.0]), dim=0)
    places = torch.cat([floor, roof, wall])[None]
    normals = torch.cat([up.expand(len(floor) + len(roof), 3), back.expand(len(wall), 3)])[None]
    lit = film._reached(places, normals, up[None])[0, :, 0]
    below = lit[: len(floor)]
    assert below[x < -0.05].min() == 1 and below[x > 0.05].max() == 0
    assert lit[len(floor) : len(floor) + len(roof)].min() == 1
    # What climbs by less than the light's slope allows is not its own shadow.
    assert lit[len(floor) + len(roof) :].reshape(60, 60)[:, 40:].min() == 1


def test_a_quarter_turn_about_the_view_takes_right_to_up() -> None:
    turn = rotations(torch.tensor([[0.0, 0.0, torch.pi / 2]]))[0]
    assert torch.allclose(turn @ torch.tensor([1.0, 0.0, 0.0]), torch.tensor([0.0, 1.0, 0.0]), atol=1e-6)


def test_the_same_draws_give_the_same_picture_before_grey(people: tuple[Clouds, Stances]) -> None:
    first, second = (degraded(shoot(*people, draws), draws) for draws in (Draws.of(3, 5, CPU), Draws.of(3, 5, CPU)))
    assert torch.equal(first, second)
    assert first.shape == (3, 3, PICTURE, PICTURE)
    assert first.min() >= 0 and first.max() <= 1
    assert (first[:, :, :4, :4] == GREY).float().mean() > 0.5


def test_a_run_begins_with_given_weights_and_goes_on(
    people: tuple[Clouds, Stances], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "BATCH", 2)
    monkeypatch.setattr(training, "NEW", 2)
    monkeypatch.setattr(training, "VALIDATED", 2)
    run = train_picture(people, people, LOOKER, tmp_path, 0.01, SilentEvents())
    assert run.step == 1
    again = train_picture(people, people, LOOKER, tmp_path, run.seconds + 0.01, SilentEvents())
    assert again.step > 1
    network = PictureNet()
    read_weights(network, tmp_path / LOOKER.name)
    with torch.no_grad():
        assert network.eval()(torch.full((1, 3, PICTURE, PICTURE), 0.5)).depth.shape == (1, QUERIES)
