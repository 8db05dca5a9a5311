"""Windows of motion, the errors that are put on them, and a run of training; on people of boxes."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from core.errors import RestageError
from core.events import SilentEvents
from core.lifting.network import Lifter
from core.training.dataset import DataSet
from core.training.deepmimic import read_deepmimic
from core.training.lifting.moves import BONES, INDEX, Move, load_moves, parents
from core.training.lifting.people import HEIGHT, LandmarkedPeople, landmarks_of
from core.training.lifting.sightings import Sightings, make_sightings
from core.training.lifting.train import errors_in_windows, train_lifter
from core.training.lifting.windows import FRAMES, Windows
from core.weights_file import read_weights
from tests.core.training.synthetic_people import write_people

SIGHTINGS = Path(__file__).parents[2] / "lifting"


@pytest.fixture(scope="module")
def datasets(tmp_path_factory: pytest.TempPathFactory) -> tuple[DataSet, DataSet, Path]:
    folder = tmp_path_factory.mktemp("lifting")
    avatars, motions = write_people(folder)
    (motions / "humanoid3d_kick.txt").write_text(json.dumps({"Frames": [deepmimic_frame()] * 40}))
    for split in ("train", "held_out"):
        (folder / split).mkdir()
        (folder / split / "sightings_0000.npz").write_bytes((SIGHTINGS / "sightings_0000.npz").read_bytes())
    train, held_out = (DataSet.open(avatars, motions, folder / split, split) for split in ("train", "held_out"))
    return train, held_out, motions


def deepmimic_frame(**joints: list[float]) -> list[float]:
    """One thirtieth of a second, standing a metre high, but for the given joints: start: values."""
    frame = [1 / 30, 0.0, 1.0, 0.0] + [0.0] * 40
    for quaternion in (4, 8, 12, 16, 21, 25, 30, 35, 39):
        frame[quaternion] = 1.0
    for start, values in joints.items():
        place = int(start.removeprefix("at"))
        frame[place : place + len(values)] = values
    return frame


@pytest.fixture(scope="module")
def people(datasets: tuple[DataSet, DataSet, Path]) -> LandmarkedPeople:
    return LandmarkedPeople.load(datasets[0].avatars, datasets[0].folder.parent / "bodies")


def posed(people: LandmarkedPeople, turns: np.ndarray) -> np.ndarray:
    chosen, ones = torch.zeros(1, dtype=torch.long), torch.ones(1, len(BONES))
    return people.posed(chosen, torch.from_numpy(turns[None].astype(np.float32)), ones)[0].numpy()


def test_a_deepmimic_body_hangs_its_arms_and_looks_along_z(tmp_path: Path, people: LandmarkedPeople) -> None:
    """Its left knee bent by a right angle: the shin points backwards; a frame more, so that there are two."""
    path = tmp_path / "humanoid3d_stand.txt"
    path.write_text(json.dumps({"Frames": [deepmimic_frame(at34=[-np.pi / 2])] * 3}))
    turns, places = read_deepmimic(path)
    landmarks = posed(people, np.stack([turns[name] for name in BONES], axis=1))[0]
    assert places[0] == pytest.approx([0, 1, 0])
    for shoulder, wrist in ((11, 15), (12, 16)):
        hanging = landmarks[wrist] - landmarks[shoulder]
        assert hanging[1] < -0.85 * np.linalg.norm(hanging)
    # The left is on its left: it looks along +z.
    assert landmarks[11, 0] > landmarks[12, 0]
    assert landmarks[0, 2] > landmarks[7, 2]
    shin = landmarks[27] - landmarks[25]
    assert shin[2] < -0.8 * np.linalg.norm(shin)
    assert (landmarks[28] - landmarks[26])[1] < -0.3


@pytest.mark.parametrize("content", ["", "{}", '{"Frames": [[1, 2, 3]]}', '{"Frames": "x"}'])
def test_what_is_no_motion_is_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "humanoid3d_broken.txt"
    path.write_text(content)
    with pytest.raises(RestageError, match="broken"):
        read_deepmimic(path)


def test_landmarks_lie_on_the_body_and_bones_carry_them(people: LandmarkedPeople) -> None:
    upright = np.tile(np.eye(3), (2, len(BONES), 1, 1))
    turn = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])
    raised = upright.copy()
    for name in ("LeftUpLeg", "LeftLeg", "LeftFoot"):
        raised[1, INDEX[name]] = turn
    still, moved = posed(people, raised)
    assert np.ptp(still[:, 1]) == pytest.approx(HEIGHT, abs=0.25)
    assert parents()[INDEX["LeftLeg"]] == INDEX["LeftUpLeg"]
    leg = [25, 27, 29, 31]
    assert np.abs(np.delete(moved - still, [23, *leg], axis=0)).max() < 0.05
    assert np.linalg.norm(moved[27] - moved[25]) == pytest.approx(np.linalg.norm(still[27] - still[25]), abs=1e-4)
    assert np.linalg.norm(moved[27] - still[27]) > 0.5


def test_landmarks_of_the_mean_body_are_its_own() -> None:
    from core.body.model import BodyModel

    model = BodyModel.load()
    assert np.abs(landmarks_of(model.mean_vertices) - model.landmark_mean).max() < 0.002


def test_windows_hold_the_truth_and_what_is_seen_of_it(
    datasets: tuple[DataSet, DataSet, Path], people: LandmarkedPeople
) -> None:
    sightings = Sightings.read(SIGHTINGS)
    moves = load_moves(datasets[2], "train")
    windows = Windows(moves, people, sightings, varied=True)
    inputs, guess, truth = windows.draw(16, np.random.default_rng(0))
    again, _, _ = windows.draw(16, np.random.default_rng(0))
    assert torch.equal(inputs, again)
    assert truth.shape == guess.shape == (16, FRAMES, 33, 3)
    assert torch.isfinite(inputs).all()
    assert (truth[:, :, 23] + truth[:, :, 24]).abs().max() < 1e-5
    # MediaPipe errs by centimetres, most of them along the view.
    error = (guess - truth).abs().mean(dim=(0, 1, 2))
    assert 0.02 < error[2] < 0.3
    assert error[2] > error[:2].max()
    stills = (truth[:, 1:] - truth[:, :-1]).abs().amax(dim=(1, 2, 3)) == 0
    assert 0 < stills.sum() < 16


def test_of_many_sightings_the_one_most_alike_is_lent() -> None:
    sightings = Sightings.read(SIGHTINGS)
    chosen = sightings.alike(sightings.true[:5], 4000, np.random.default_rng(1))
    assert chosen.tolist() == [0, 1, 2, 3, 4]
    # The second half is the first in a mirror.
    half = len(sightings) // 2
    assert sightings.true[half, 11] == pytest.approx(sightings.true[0, 12] * [-1, 1, 1], abs=1e-6)


def test_an_untrained_lifter_says_what_mediapipe_says(
    datasets: tuple[DataSet, DataSet, Path], people: LandmarkedPeople
) -> None:
    windows = Windows(load_moves(datasets[2], "train"), people, Sightings.read(SIGHTINGS), varied=False)
    figures = errors_in_windows(Lifter().eval(), windows.draw(8, np.random.default_rng(2)))
    assert figures["window_depth"] == pytest.approx(figures["window_depth_guess"], abs=1e-3)


def test_a_run_learns_and_goes_on(
    datasets: tuple[DataSet, DataSet, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.training.lifting import train

    monkeypatch.setattr(train, "BATCH", 4)
    monkeypatch.setattr(train, "VALIDATE_EVERY", 1)
    monkeypatch.setattr(train, "VALIDATED", 4)
    first = train_lifter(*datasets[:2], datasets[2], tmp_path / "run", 2.0, SilentEvents())
    longer = train_lifter(*datasets[:2], datasets[2], tmp_path / "run", first.seconds + 1.0, SilentEvents())
    assert longer.step > first.step > 0
    lines = [json.loads(line) for line in (tmp_path / "run" / "log.jsonl").read_text().splitlines()]
    losses = [line["window_depth"] for line in lines if "window_depth" in line]
    assert losses[-1] < losses[0]
    written = Lifter()
    read_weights(written, tmp_path / "run" / "lifter.safetensors")
    for value, kept in zip(written.parameters(), longer.mean.parameters(), strict=True):
        assert torch.allclose(value, kept, atol=2e-3)


def test_nothing_to_train_with_is_said(tmp_path: Path) -> None:
    with pytest.raises(RestageError) as caught:
        Sightings.read(tmp_path)
    assert caught.value.code == "dataset_empty"
    with pytest.raises(RestageError) as caught:
        load_moves(tmp_path, "train")
    assert caught.value.code == "dataset_empty"


def test_pictures_without_a_person_give_no_sightings(datasets: tuple[DataSet, DataSet, Path], tmp_path: Path) -> None:
    """People of boxes are not found by MediaPipe: the file is there, and empty, so that the next run goes on."""
    import dataclasses

    from core.training.lifting import sightings

    dataset = dataclasses.replace(datasets[1], folder=tmp_path / "held_out")
    (tmp_path / "bodies").symlink_to(datasets[1].folder.parent / "bodies")
    (tmp_path / "held_out").mkdir()
    before = sightings.PICTURES_A_FILE
    sightings.PICTURES_A_FILE = 1
    try:
        (path,) = make_sightings(dataset, range(1), SilentEvents())
    finally:
        sightings.PICTURES_A_FILE = before
    with np.load(path) as arrays:
        assert set(arrays.files) == set(sightings.NAMES)


def test_moves_are_split(datasets: tuple[DataSet, DataSet, Path]) -> None:
    move = load_moves(datasets[2], "train")[0]
    assert isinstance(move, Move)
    assert move.turns.shape == (len(move), len(BONES), 3, 3)
    assert np.abs(move.places).max() < 20
