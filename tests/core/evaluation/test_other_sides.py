"""Sides of the filmed person whose truth is a plain grey mannequin of their own body."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.body.model import BodyModel
from core.character.files import Character
from core.evaluation.character_clip import TrueClip
from core.evaluation.other_sides import SIDES, draw_sides, other_sides, sides_sheet
from core.frame import ClipReader
from core.job import Job
from core.picture import write_png
from core.training.avatar import Avatar

MODEL = BodyModel.load()


@pytest.fixture(scope="module")
def clip(demo_job: Job) -> TrueClip:
    """The mannequin stands wherever the person does."""
    reader, count = ClipReader(demo_job), len(MODEL.mean_vertices)
    bodies = np.zeros((max(reader.numbers) + 1, count, 3), np.float32)
    for number in reader.numbers:
        bodies[number] = reader.body(number)
    faces, none = MODEL.triangles.astype(np.int32), np.zeros((count, 4), np.int32)
    avatar = Avatar(
        "mannequin", MODEL.mean_vertices, faces, np.full((count, 2), 0.5, np.float32), np.zeros(len(faces), np.int32),
        (np.full((8, 8, 3), 128, np.uint8),), none, none.astype(np.float32), ("Hips",), (-1,),
        np.zeros((1, 3), np.float32),
    )  # fmt: skip
    return TrueClip("mannequin", avatar, bodies, bodies, reader.camera, 0)


def painted(job: Job, path: Path, colour: np.ndarray) -> Character:
    """The job's character with a plain texture."""
    write_png(path, np.broadcast_to(np.round(colour).astype(np.uint8), (16, 16, 3)))
    return replace(Character.load(job), texture=path)


def test_true_and_made_person_are_drawn_in_the_same_places(demo_job: Job, clip: TrueClip) -> None:
    views = list(draw_sides(clip, demo_job, Character.load(demo_job), 0))
    assert len(views) == len(SIDES)
    for truth, pictures in views:
        for picture in pictures.values():
            assert np.array_equal(picture[..., 3], truth[..., 3])
    # From the left and from the right a person is narrower than from behind.
    left, back, right = (np.count_nonzero(truth[..., 3]) for truth, _ in views)
    assert max(left, right) < back


def test_the_right_colour_counts_and_only_for_the_character(demo_job: Job, clip: TrueClip, tmp_path: Path) -> None:
    truth = next(draw_sides(clip, demo_job, Character.load(demo_job), 0))[0]
    mean = truth[truth[..., 3] > 0][:, :3].mean(axis=0)
    right = other_sides(clip, demo_job, painted(demo_job, tmp_path / "right.png", mean))
    wrong = other_sides(clip, demo_job, painted(demo_job, tmp_path / "wrong.png", 255 - mean))
    assert right["character"]["psnr"] > wrong["character"]["psnr"] + 2
    assert right["character"]["psnr"] > right["frame alone"]["psnr"]
    assert {**right, "character": {}} == {**wrong, "character": {}}
    # A plain texture has none, and the truth has only shades.
    assert right["character"]["detail"] < 0.1
    assert right["frame alone"]["detail"] > 0.5


def test_the_sheet_shows_every_colouring_from_every_side(demo_job: Job, clip: TrueClip, tmp_path: Path) -> None:
    sheet = sides_sheet(clip, demo_job, painted(demo_job, tmp_path / "green.png", np.array([0, 255, 0])))
    green = (sheet == [0, 255, 0]).all(axis=2)
    width = sheet.shape[1] // 4
    assert not green[:, : 3 * width].any()
    for side in np.split(green[:, 3 * width :], len(SIDES)):
        assert side.sum() > 1000
