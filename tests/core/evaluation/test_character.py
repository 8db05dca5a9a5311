"""Clips whose truth is known, and figures whose values are."""

import argparse
from pathlib import Path

import numpy as np
import pytest

from core.clip import read_frames
from core.evaluation.character import _angles, _distances, _onto, _steadiness
from core.evaluation.character_clip import TrueClip
from core.evaluation.character_command import markdown
from core.evaluation.shape import Surface
from core.training.dataset import DataSet
from tests.core.training.synthetic_people import write_people

FRAMES, SIZE = 12, 96


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> DataSet:
    folder = tmp_path_factory.mktemp("clips")
    avatars, motions = write_people(folder)
    return DataSet.open(avatars, motions, folder / "data" / "held_out", "held_out")


@pytest.fixture(scope="module")
def clip(dataset: DataSet) -> TrueClip:
    return TrueClip.make(dataset, 0, FRAMES, SIZE)


def test_the_camera_sees_the_whole_motion(clip: TrueClip) -> None:
    pixels = clip.camera.project(clip.world)
    assert pixels.min() > 0
    assert pixels.max() < SIZE
    assert np.ptp(pixels[..., 1]) > 0.5 * SIZE


def test_the_body_stays_inside_the_person(clip: TrueClip) -> None:
    for world, body in zip(clip.world, clip.body, strict=True):
        assert np.abs(world.mean(axis=0) - body.mean(axis=0)).max() < 0.25
        assert (body.min(axis=0) > world.min(axis=0) - 0.1).all()


def test_a_number_is_always_the_same_clip(dataset: DataSet, clip: TrueClip) -> None:
    again = TrueClip.make(dataset, 0, FRAMES, SIZE)
    assert again.name == clip.name
    assert np.array_equal(again.world, clip.world)


def test_the_video_shows_the_person_where_the_truth_is(clip: TrueClip, tmp_path: Path) -> None:
    clip.write(tmp_path / "clip.mp4")
    pictures = [frame.picture for frame in read_frames(tmp_path / "clip.mp4")]
    assert len(pictures) == FRAMES
    assert pictures[0].shape == (SIZE, SIZE, 3)
    # What changes from the first frame to the last lies where the person moves.
    changed = np.abs(pictures[0].astype(int) - pictures[-1]).max(axis=2) > 60
    inside = clip.camera.project(np.concatenate([clip.world[0], clip.world[-1]]))
    rows, columns = np.nonzero(changed)
    assert len(rows) > 10
    assert rows.min() > inside[:, 1].min() - 4
    assert columns.max() < inside[:, 0].max() + 8


def test_the_camera_does_not_see_what_is_behind(clip: TrueClip) -> None:
    vertices = clip.world[0]
    normals = clip.avatar.vertex_normals(vertices)
    towards = clip.camera.camera_to_world[:3, 3] - vertices
    away = (normals * towards).sum(axis=1) < 0
    assert not clip.seen(vertices[away] - 0.01 * normals[away], 0).any()


def test_trembling_is_told_from_motion() -> None:
    time = np.arange(20)[:, None, None]
    truth = 0.001 * np.array([1.0, 0.0, 0.0]) * time**2 * np.ones((1, 5, 1))
    trembling = truth + 0.002 * (-1.0) ** time * np.array([0.0, 1.0, 0.0])
    frames = np.arange(20)
    exact, wrong = _steadiness(truth, truth, frames), _steadiness(trembling, truth, frames)
    assert exact["acceleration"] == pytest.approx(2.0)
    assert exact["acceleration_error"] == 0.0
    assert exact["jerk"] == pytest.approx(0.0, abs=1e-6)
    # An alternation of 2 mm is a second difference of 8 mm and a third one of 16 mm.
    assert wrong["acceleration_error"] == pytest.approx(8.0)
    assert wrong["jerk"] == pytest.approx(16.0)


def test_another_world_is_brought_onto_the_truth(clip: TrueClip) -> None:
    turn = np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [-1.0, 0.0, 0.0]])
    moved = _onto((clip.body @ turn.T + 1.5).astype(np.float32), clip.body)
    assert np.allclose(moved.rotation, turn.T, atol=1e-4)


def test_a_mistake_on_the_back_counts_on_the_side_not_seen(clip: TrueClip) -> None:
    world, faces = clip.world[0], clip.avatar.faces
    truth = Surface.of(world, faces, 2000)
    hidden = ~clip.seen(truth.points, 0)
    away = (world - clip.camera.camera_to_world[:3, 3]) / np.linalg.norm(world - clip.camera.camera_to_world[:3, 3])
    behind = np.where((away @ away.mean(axis=0) > np.median(away @ away.mean(axis=0)))[:, None], away, 0.0)
    worse = _distances(truth, hidden, Surface.of((world + 2.0 * behind).astype(np.float32), faces, 2000), clip)
    same = _distances(truth, hidden, Surface.of(world, faces, 2000), clip)
    assert same["chamfer"] < 1e-2
    assert worse["chamfer_hidden"] > worse["chamfer"] > 1.0


def test_the_table_names_what_is_measured() -> None:
    shape = {"chamfer": 20.0, "chamfer_hidden": 25.0}
    motion = {"acceleration": 5.0, "acceleration_error": 4.0, "jerk": 3.0}
    entry = {
        "seconds_a_frame": 0.5, "to_mesh": {"surface": 1.2, "registered": 1.5, "all": 4.0, "seen": 2.5},
        "truth": motion, "normals": {"smooth": 12.0, "mapped": 7.5},
        "character": motion | shape | {"jerk": 6.0}, "fitted body": motion | shape, "mesh of the frame": shape,
        "other_sides": {
            "frame alone": {"psnr": 17.0, "detail": 0.5}, "mesh of the frame": {"psnr": 18.0, "detail": 0.6},
            "character": {"psnr": 18.5, "detail": 0.9},
        },
        "flicker": {"frames": 4.0, "character": 0.5},
    }  # fmt: skip
    options = argparse.Namespace(split="held_out", seed=0, frames=32, size=448, method="open", preset="standard")
    lines = markdown({"walk": entry}, options).splitlines()
    motions, shapes, colours = (
        [cell.strip() for cell in line.split("|")] for line in lines if line.startswith("| walk")
    )
    assert motions[5] == "2.00"
    assert motions[6:8] == ["1.20", "1.50"]
    assert motions[10:13] == ["12.0", "7.5", "0.50"]
    assert shapes[2:5] == ["20.0"] * 3
    assert colours[2:8] == ["17.0", "18.0", "18.5", "0.50", "0.60", "0.90"]
    assert colours[8:11] == ["4.00", "0.50", "0.12"]


def test_angles_are_in_degrees_whatever_the_lengths() -> None:
    one = np.array([[1.0, 0.0, 0.0], [0.0, 2.0, 0.0], [0.0, 0.0, 1.0]], np.float32)
    other = np.array([[3.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, -1.0]], np.float32)
    assert _angles(one, other) == pytest.approx([0.0, 90.0, 180.0], abs=0.1)
