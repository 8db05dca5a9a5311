"""The contact sheet of a known job: every tile shows what its column says."""

import numpy as np
import pytest

from core.errors import RestageError
from core.picture import read_picture
from core.ply import read_ply
from core.preview import choose_frames, contact_sheet
from core.preview.contact_sheet import COLUMNS, HEADER, LARGEST_FILE, TILE
from tests.core.synthetic_job import existing, make_job, places


@pytest.fixture
def job(tmp_path, monkeypatch):
    """A finished job; its fitted body is its mesh."""
    monkeypatch.setattr("core.body.stage.posed_body", lambda job, number: read_ply(job.mesh_path(number))[:2])
    monkeypatch.setattr("core.body.stage.body_landmarks", lambda job: (places(5), existing()))
    return make_job(tmp_path / "mannequin.restage")


def tile(sheet: np.ndarray, row: int, column: str) -> np.ndarray:
    x, y = COLUMNS.index(column) * TILE, HEADER + row * TILE
    return sheet[y : y + TILE, x : x + TILE].astype(int)


def test_sheet_has_a_row_a_frame_and_the_mesh_stands_where_the_person_stands(job):
    path = contact_sheet(job)
    sheet = read_picture(path)
    assert path == job.preview_folder / "contact_sheet.png" and path.stat().st_size <= LARGEST_FILE
    assert sheet.shape == (HEADER + 5 * TILE, TILE * len(COLUMNS), 3)
    picture = tile(sheet, 1, "input")
    # Black lies outside the picture; the first rows hold the frame's number.
    person = (np.abs(picture - (90, 110, 130)).sum(axis=2) > 30) & (picture.sum(axis=2) > 60)
    mesh = tile(sheet, 1, "textured").sum(axis=2) < 740
    person[:24] = mesh[:24] = False
    assert (person & mesh).sum() / (person | mesh).sum() > 0.9
    green = tile(sheet, 1, "mask") - tile(sheet, 1, "input")
    assert green[person][:, 1].mean() > 10 and np.median(np.abs(green[~person])) == 0
    blue = tile(sheet, 1, "body") - tile(sheet, 1, "input")
    assert blue[person][:, 2].mean() > 10


def test_side_view_is_narrow_and_back_view_mirrors_the_front(job):
    sheet = read_picture(contact_sheet(job, [11]))
    width = {name: np.any(tile(sheet, 0, name).sum(axis=2) < 740, axis=0).sum() for name in ("front", "side", "back")}
    assert width["side"] < 0.4 * width["back"]
    # The mannequin's left hand is redder; seen from behind it is on the left.
    back = tile(sheet, 0, "textured back")
    columns = np.nonzero(np.any(back.sum(axis=2) < 740, axis=0))[0]
    rows = np.nonzero(back[:, columns[0] + 2].sum(axis=1) < 740)[0]
    left, right = (back[rows[len(rows) // 2], column, 0] for column in (columns[0] + 4, columns[-1] - 4))
    assert left > right + 40


def test_frames_are_spread_from_first_to_last(job):
    assert choose_frames(job) == [10, 11, 12, 13, 15]
    assert choose_frames(job, 3) == [10, 12, 15]


def test_a_frame_without_a_mesh_is_refused_with_what_can_be_chosen(job):
    with pytest.raises(RestageError, match="14 cannot be shown .finished are 10 to 15") as caught:
        contact_sheet(job, [11, 14])
    assert caught.value.code == "frame_missing"
