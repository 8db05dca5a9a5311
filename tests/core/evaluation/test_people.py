"""People of boxes, reconstructed perfectly, wrongly, and not at all."""

import json
from pathlib import Path

import numpy as np
import pytest

from core.__main__ import main
from core.body.model import BodyModel
from core.errors import ExitCode, RestageError
from core.evaluation.body_errors import body_error, summary
from core.evaluation.people import ALIGNED, ESTIMATED, NOISY, TRUE, PeopleEvaluation, Person, face_parts, row_name
from core.evaluation.people_sheet import COLUMNS, LABEL, TILE, sheet
from core.evaluation.people_table import markdown, statistics
from core.evaluation.reconstructor import NakedBody, Reconstruction, Sight
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
    values, pictures = person.figures(person.place(Oracle(dataset).reconstruct(sight), sight.view))
    assert values["chamfer_cm"] < 0.05
    assert values["f_score"] == pytest.approx(1.0)
    assert values["input_iou"] > 0.97
    assert values["silhouette_iou"] > 0.99
    assert values["normal_l2"] < 0.05
    assert values["psnr_front"] > 10
    assert pictures.shape == (TILE, TILE * len(COLUMNS), 3)


def test_an_error_of_depth_counts_until_it_is_aligned_away(dataset: DataSet, person: Person) -> None:
    sight = person.sight(TRUE)
    assert sight is not None
    placed = person.place(Oracle(dataset, 0.3).reconstruct(sight), sight.view)
    assert person.figures(placed)[0]["chamfer_cm"] > 5
    assert person.figures(person.aligned(placed))[0]["chamfer_cm"] < 0.5


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
    parts, avatar = face_parts(person.scene.avatar), person.scene.avatar
    assert (sum(part.astype(int) for part in parts.values()) == 1).all()
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
    # Another row is added to what is there.
    again.run([0], [oracle, NakedBody()], [NOISY], SilentEvents())
    entry = json.loads((tmp_path / "results.json").read_text())["000000"]
    assert len(entry["rows"]) == 5
    assert entry["found"] is False


def test_means_are_over_those_who_were_found() -> None:
    row = row_name("naked body", ESTIMATED)
    results = {
        "000000": {"rows": {row: {"chamfer_cm": 1.0}}, "found": True},
        "000001": {"rows": {row: {"chamfer_cm": 3.0}}, "found": True},
        "000002": {"rows": {row: None}, "found": False},
    }
    assert statistics(results, row, "chamfer_cm") == pytest.approx((2.0, 1.0, 2))
    text = markdown(results, "Three.")
    assert "found in 2 of 3" in text
    assert "| estimated body | naked body | 2 |" in text
    assert "2.00 ± 1.00" in text


def test_the_sheet_stacks_people() -> None:
    line = np.zeros((TILE, TILE * len(COLUMNS), 3), np.uint8)
    picture = sheet([[("truth", line), ("naked body", line)]])
    assert picture.shape[1] == LABEL + TILE * len(COLUMNS)
    assert picture.shape[0] > 2 * TILE
    with pytest.raises(RestageError) as caught:
        sheet([])
    assert caught.value.code == "frame_missing"


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
    assert main(["evaluate-people", *map(str, [*places, *options])]) == ExitCode.OK
    assert "| true body | body after mask refit | 1 |" in (tmp_path / "table.md").read_text()
    assert main(["evaluate-people", *map(str, [*places, *options]), "--network", "nothing"]) == ExitCode.BAD_ARGUMENTS
