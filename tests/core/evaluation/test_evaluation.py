"""Evaluation of a job whose figures are known, and of the same job with one thing made wrong at a time."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

from core.body.model import BodyModel
from core.errors import RestageError
from core.evaluation import evaluate_job, format_table
from core.evaluation.motion import acceleration, foot_sliding, head_direction, torso_direction
from core.ply import read_ply, write_ply
from tests.core.synthetic_job import LANDMARKS, STEP, existing, make_job, places

COUNT = 7


@pytest.fixture
def job(tmp_path):
    return make_job(tmp_path / "mannequin.restage", COUNT)


def evaluate(job, monkeypatch, body=None):
    values = (places(COUNT) if body is None else body, existing())
    monkeypatch.setattr("core.body.stage.body_landmarks", lambda job: values)
    return evaluate_job(job)


def test_a_perfect_job_has_perfect_figures(job, monkeypatch):
    result = evaluate(job, monkeypatch)
    assert result["frames"] == {"person": COUNT, "mesh": COUNT}
    assert result["silhouette"]["mean"] > 0.999
    assert result["landmarks"]["mean_percent"] < 1e-3
    assert result["motion"]["joint_acceleration"] < 1e-2
    assert result["motion"]["surface_acceleration"] < 0.2
    assert result["facing"]["chest_difference"] < 0.1 and result["facing"]["head_wrong_frames"] == []
    json.dumps(result)


def test_a_shifted_mesh_is_the_worst_frame(job, monkeypatch):
    vertices, faces, colours = read_ply(job.mesh_path(12))
    write_ply(job.mesh_path(12), vertices + np.float32([0.1, 0.0, 0.0]), faces, colours)
    result = evaluate(job, monkeypatch)
    assert result["silhouette"]["worst_frames"][0] == 12
    assert result["silhouette"]["lowest"] < 0.75 < 0.9 < result["silhouette"]["mean"]
    assert result["motion"]["surface_acceleration"] > 5.0


def test_landmark_error_is_measured_in_the_image_and_only_where_landmarks_are_seen(job, monkeypatch):
    body = places(COUNT)
    height = 1.74 + 0.02
    body[:, 15, 1] += 0.05 * height
    result = evaluate(job, monkeypatch, body)
    assert result["landmarks"]["mean_percent"] == pytest.approx(5.0 / len(LANDMARKS), rel=0.05)
    body[:, 1] += 9.0
    assert evaluate(job, monkeypatch, body)["landmarks"] == result["landmarks"]


def test_a_head_put_on_backwards_is_found(job, monkeypatch):
    body = places(COUNT)
    body[3, 0, 2] = -0.12
    facing = evaluate(job, monkeypatch, body)["facing"]
    assert facing["head_wrong_frames"] == [13] and facing["head_turn_largest"] == pytest.approx(180.0, abs=1.0)


def test_directions_of_a_person_that_faces_the_camera():
    assert torso_direction(places(1))[0] == pytest.approx([0.0, 0.0, 1.0], abs=1e-6)
    assert head_direction(places(1))[0] == pytest.approx([0.0, 0.0, 1.0], abs=1e-6)


def test_acceleration_counts_even_steps_only_and_compares_clips_of_any_rate():
    frames = np.array([0, 2, 4, 5])
    seconds = frames / 60.0
    # 3 m/s² is 3 / 900 m in a thirtieth of a second, squared.
    positions = np.zeros((4, 1, 3))
    positions[:, 0, 1] = 0.5 * 3.0 * seconds**2
    assert acceleration(positions, frames, 60.0) == pytest.approx(np.array([[3000.0 / 900.0]]))


def test_feet_slide_only_while_the_picture_says_they_stand():
    frames, heights = np.arange(4), np.full(4, 400.0)
    body, image, seen = np.zeros((4, 33, 3)), np.zeros((4, 33, 2)), np.ones((4, 33))
    body[:, 29, 0] = STEP * frames
    image[:, 31] = 50.0 * frames[:, None]
    body[:, 31, 0] = 0.3 * frames
    slid = foot_sliding(body, image, seen, heights, frames, 30.0)
    assert len(slid) == 9 and slid.max() == pytest.approx(1000.0 * STEP)


def test_the_character_s_feet_are_judged_by_its_own_surface(job, monkeypatch):
    # The body's feet stand in the picture, the character's glide.
    with np.load(job.landmarks_path) as stored:
        values = {name: stored[name] for name in stored.files}
    values["image"][:] = values["image"][:1]
    np.savez(job.landmarks_path, **values)
    body = np.repeat(places(1), COUNT, axis=0)
    assert evaluate(job, monkeypatch, body)["motion"]["foot_sliding_character"] is None
    steps = values["frames"][:, None, None] * np.float32([0.01, 0.0, 0.0])
    character = SimpleNamespace(frames=values["frames"], vertices=BodyModel.load().mean_vertices + steps)
    monkeypatch.setattr("core.evaluation.report.Character", SimpleNamespace(load=lambda job: character))
    job.character_vertices_path.parent.mkdir(parents=True, exist_ok=True)
    job.character_vertices_path.touch()
    motion = evaluate(job, monkeypatch, body)["motion"]
    rate = float(job.record.clip["frame_rate"])
    assert motion["foot_sliding"] == pytest.approx(0.0, abs=1e-3)
    assert motion["foot_sliding_character"] == pytest.approx(10.0 * rate / 30.0, rel=1e-3)


def test_table_has_a_column_a_job_and_a_dash_for_what_is_unknown(job, monkeypatch):
    result = evaluate(job, monkeypatch)
    result["motion"]["foot_sliding"] = None
    lines = format_table([result, result | {"name": "other"}]).splitlines()
    assert lines[0].split() == ["mannequin", "other"]
    assert next(line for line in lines if line.startswith("foot sliding")).split()[-2:] == ["-", "-"]
    assert next(line for line in lines if line.startswith("silhouette IoU, mean")).split()[-1] == "1.000"


def test_a_job_without_a_body_says_what_to_do(job):
    job.body_path.unlink()
    with pytest.raises(RestageError, match="--resume") as caught:
        evaluate_job(job)
    assert caught.value.code == "not_fitted"
