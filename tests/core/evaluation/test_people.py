"""People of boxes, reconstructed perfectly, wrongly, and not at all."""

import json
from pathlib import Path

import numpy as np
import pytest

from core.__main__ import main
from core.body.model import BodyModel
from core.errors import ExitCode
from core.evaluation.body_errors import body_error, summary
from core.evaluation.own_rig import own_rig_body
from core.evaluation.people import PeopleEvaluation
from core.evaluation.people_settings import ALIGNED, ESTIMATED, LENS, NOISY, OWN_RIG, TRUE, row_name
from core.evaluation.people_sheet import COLUMNS, TILE
from core.evaluation.reconstructor import NakedBody, Reconstruction, Sight
from core.evaluation.synthetic_person import Person
from core.events import SilentEvents
from core.spaces import Camera, CanonicalView, Crop
from core.training import binding
from core.training.avatar import Avatar
from core.training.dataset import DataSet
from tests.core.training.synthetic_people import write_people

SAMPLES = 3000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Avatars, motions, and bodies that stand for fitted ones."""
    folder = tmp_path_factory.mktemp("people")
    avatars, _ = write_people(folder)
    (folder / "bodies").mkdir()
    vertices = BodyModel.load().mean_vertices
    for path in avatars.glob("*.npz"):
        np.savez(folder / "bodies" / path.name, rest=vertices - np.float32([0, vertices[:, 1].min(), 0]))
    return folder


@pytest.fixture(scope="module")
def dataset(folder: Path) -> DataSet:
    return DataSet.open(folder / "avatars", folder / "motions", folder / "train", "train", seed=3)


@pytest.fixture(scope="module")
def person(dataset: DataSet, tmp_path_factory: pytest.TempPathFactory) -> Person:
    return Person(dataset, 0, tmp_path_factory.mktemp("estimates"), SAMPLES)


class Oracle:
    """Knows the truth, and moves it away from the camera."""

    def __init__(self, dataset: DataSet, metres: float = 0.0) -> None:
        self.name, self._dataset, self._metres = f"oracle {metres}", dataset, metres
        self.asked = 0

    def reconstruct(self, sight: Sight) -> Reconstruction:
        self.asked += 1
        scene = self._dataset.scene(0)
        camera = scene.view.camera
        away = scene.world - camera.camera_to_world[:3, 2] * np.float32(self._metres)
        vertices = sight.view.from_world(away).astype(np.float32)
        grey = np.full((len(vertices), 3), 128, np.uint8)
        return Reconstruction(vertices, scene.avatar.faces, grey)


def test_the_truth_has_perfect_figures(dataset: DataSet, person: Person) -> None:
    sight = person.sight(TRUE)
    assert sight is not None
    placed = person.place(Oracle(dataset).reconstruct(sight), sight.view)
    values, (pictures, radius) = person.figures(placed), person.strip(placed)
    assert values["chamfer_cm"] < 0.05
    assert values["f_score"] == pytest.approx(1.0)
    assert values["input_iou"] > 0.97
    assert values["silhouette_iou"] > 0.99
    assert values["normal_l2"] < 0.05
    assert values["psnr_front"] > 10
    assert values["face_cm"] < 0.05
    assert pictures.shape == (TILE, TILE * len(COLUMNS), 3)
    assert radius == pytest.approx(person.frame.radius, rel=1e-3)


def test_an_error_of_depth_counts_until_it_is_aligned_away(dataset: DataSet, person: Person) -> None:
    sight = person.sight(TRUE)
    assert sight is not None
    placed = person.place(Oracle(dataset, 0.3).reconstruct(sight), sight.view)
    assert person.figures(placed)["chamfer_cm"] > 5
    assert person.figures(person.aligned(placed))["chamfer_cm"] < 0.5


def test_the_picture_shows_the_person_where_the_mask_says(person: Person) -> None:
    still, camera = person.still, person.scene.view.camera
    assert still.picture.shape == (camera.height, camera.width, 3)
    pixels = camera.project(person.scene.world)
    rows, columns = np.nonzero(still.mask > 0.5)
    assert [columns.min(), rows.min()] == pytest.approx(pixels.min(axis=0), abs=2)
    assert [columns.max(), rows.max()] == pytest.approx(pixels.max(axis=0), abs=2)
    # The avatar is red and blue; what is around it is not.
    assert np.ptp(still.picture[still.mask > 0.99].astype(int), axis=1).mean() > 30
    assert still.picture[still.mask < 0.01].std() > 5


def test_parts_follow_the_bones(person: Person) -> None:
    parts, avatar = person.parts, person.scene.avatar
    assert (sum(parts[name].astype(int) for name in ("head", "hands", "rest")) == 1).all()
    assert avatar.vertices[avatar.faces[parts["head"]], 1].min() > 1.3
    assert np.abs(avatar.vertices[avatar.faces[parts["hands"]], 0]).min() > 0.6


def test_people_are_measured_the_same_however_many_at_a_time(dataset: DataSet, tmp_path: Path) -> None:
    results = []
    for workers in (1, 2):
        evaluation = PeopleEvaluation(tmp_path / str(workers), dataset, SAMPLES)
        evaluation.run([0, 1], [NakedBody()], [TRUE], SilentEvents(), workers)
        results.append(json.loads((evaluation.folder / "results.json").read_text()))
    assert results[0] == results[1]
    assert sorted(results[0]) == ["000000", "000001"]


def test_what_is_measured_is_not_measured_again(dataset: DataSet, tmp_path: Path) -> None:
    (tmp_path / "estimates").mkdir()
    (tmp_path / "estimates" / "000000.nobody").touch()
    oracle = Oracle(dataset)
    settings = [TRUE, ESTIMATED, ALIGNED]
    PeopleEvaluation(tmp_path, dataset, SAMPLES).run([0], [oracle], settings, SilentEvents())
    assert oracle.asked == 1
    again = PeopleEvaluation(tmp_path, dataset, SAMPLES)
    again.run([0], [oracle], settings, SilentEvents())
    assert oracle.asked == 1
    rows = again.results["000000"]["rows"]
    assert rows[row_name(oracle.name, TRUE)]["chamfer_cm"] < 0.05
    assert rows[row_name(oracle.name, ALIGNED)] is None
    assert again.results["000000"]["found"] is False
    # Other rows are added to what is there; of the naked body alone that of its own rig.
    again.run([0], [oracle, NakedBody()], [NOISY, OWN_RIG], SilentEvents())
    entry = json.loads((tmp_path / "results.json").read_text())["000000"]
    assert len(entry["rows"]) == 6
    assert row_name("naked body", OWN_RIG) in entry["rows"]
    assert entry["found"] is False


def test_the_face_is_the_front_of_the_head(person: Person) -> None:
    parts, avatar = person.parts, person.scene.avatar
    assert 0 < parts["face"].sum() < parts["head"].sum()
    assert not (parts["face"] & ~parts["head"]).any()
    forwards = avatar.vertices[avatar.faces].mean(axis=1)[:, 2]
    assert forwards[parts["face"]].mean() > forwards[parts["head"]].mean()


def test_the_bodys_own_rig_comes_near_to_the_avatars(person: Person) -> None:
    sight, own = person.sight(TRUE), person.sight(OWN_RIG)
    assert sight is not None
    assert own is not None
    away = np.linalg.norm(own.view.to_world(own.body) - sight.view.to_world(sight.body), axis=1)
    assert 1e-4 < away.mean() < 0.05


def test_the_own_rig_finds_its_own_pose_again() -> None:
    model = BodyModel.load()
    rotations = np.zeros((len(model.bone_names), 3), np.float32)
    rotations[0], rotations[model.bone("lowerleg01.L")] = (0.0, 2.5, 0.0), (0.8, 0.0, 0.0)
    shape = np.zeros(model.shape_count, np.float32)
    shape[0] = 1.0
    body = model.vertices(shape, 1.1, rotations, np.float32([0.3, 1.0, -4.0])).astype(np.float32)
    assert np.linalg.norm(own_rig_body(body, 1.1) - body, axis=1).mean() < 0.003


def test_the_true_lens_is_given_to_the_fit(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, float]] = []

    def estimate(picture: np.ndarray, folder: Path, name: str, focal: float = 0.0) -> None:
        asked.append((name, focal))

    monkeypatch.setattr("core.evaluation.synthetic_person.estimate_body", estimate)
    person.__dict__.pop("estimate", None)
    person.__dict__.pop("lens_estimate", None)
    assert person.sight(LENS) is None
    assert person.sight(ALIGNED) is None
    camera = person.scene.view.camera
    assert asked == [("000000_lens", pytest.approx(camera.focal / camera.width)), ("000000", 0.0)]


def test_the_strip_shows_all_of_what_reaches_out_of_the_truths_frame(person: Person) -> None:
    sight = person.sight(TRUE)
    assert sight is not None
    model = BodyModel.load()
    placed = person.place(Reconstruction(sight.body * np.float32(1.6), model.triangles, None), sight.view)
    pictures, radius = person.strip(placed)
    assert radius > 1.1 * person.frame.radius
    for left in range(TILE, 5 * TILE, TILE):
        tile = pictures[:, left : left + TILE].min(axis=2) < 250
        assert tile.any()
        assert not (tile[[0, -1]].any() or tile[:, [0, -1]].any())


def test_a_turned_arm_is_found_and_size_is_not_blamed(dataset: DataSet) -> None:
    avatar, model = Avatar.load(dataset.avatars[0]), BodyModel.load()
    bones = binding.avatar_bones(avatar)[model.weight_bones]
    # So that both rigs bend at the same elbow.
    shift = avatar.heads[avatar.bone("LeftForeArm")] - model.mean_heads[model.bone("lowerarm01.L")]
    bound = binding.BoundBody(model.mean_vertices + shift, bones)
    rotations = np.tile(np.eye(3, dtype=np.float32), (len(avatar.bone_names), 1, 1))
    straight = bound.posed(*avatar.transforms(rotations))
    cosine, sine = np.cos(0.4), np.sin(0.4)
    for name in ("LeftForeArm", "LeftHand", "LeftHandMiddle1"):
        rotations[avatar.bone(name)] = [[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1]]
    bent = bound.posed(*avatar.transforms(rotations))
    # From so far away that perspective bends nothing; the estimate is a tenth larger, and as much further.
    view = far_view(200.0)
    error = body_error(avatar, bones, straight, view, bent * np.float32(1.1), far_view(220.0))
    assert error.turns["LeftForeArm"] == pytest.approx([0, 0, 0.4], abs=0.05)
    assert error.turns["LeftHand"] == pytest.approx([0, 0, 0], abs=0.05)
    assert error.turns["RightForeArm"] == pytest.approx([0, 0, 0], abs=1e-2)
    assert error.size == pytest.approx(1.0, abs=0.02)
    assert error.metric_size == pytest.approx(1.1 * error.size)
    values = summary([error, error], 3)
    assert (values["samples"], values["detected"]) == (3, 2)
    assert values["bones"]["LeftForeArm"]["turn_radians"]["z"] == pytest.approx(0.4, abs=0.05)


def far_view(distance: float) -> CanonicalView:
    pose = np.eye(4)
    pose[2, 3] = distance
    camera = Camera(100_000.0, (512.0, 512.0), 1024, 1024, pose)
    return CanonicalView(camera, Crop((512.0, 0.0), 1100.0), distance)


def test_the_command_writes_everything(folder: Path, tmp_path: Path) -> None:
    places = ["--avatars", folder / "avatars", "--motions", folder / "motions", "--bodies", folder]
    options = ["--split", "train", "--seed", "3", "--count", "1", "--settings", "true", "--points", "2000"]
    options += ["--resolution", "64", "--table", tmp_path / "table.md", "--output", tmp_path]
    (tmp_path / "table.md").write_text("Old.\n\n## What was missed\n\nHats.\n")
    assert main(["evaluate-people", *map(str, [*places, *options])]) == ExitCode.OK
    text = (tmp_path / "table.md").read_text()
    assert "| true body, bound | body after mask refit | 1 |" in text
    assert "Old." not in text
    assert text.endswith("\n\n## What was missed\n\nHats.\n")
    assert main(["evaluate-people", *map(str, [*places, *options]), "--network", "nothing"]) == ExitCode.BAD_ARGUMENTS
