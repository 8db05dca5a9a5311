"""Tables and picture sheets of people that were compared with their truth."""

import numpy as np
import pytest

from core.errors import RestageError
from core.evaluation.people_settings import ESTIMATED, row_name
from core.evaluation.people_sheet import COLUMNS, HEADER, LABEL, TILE, sheet, widened
from core.evaluation.people_table import bootstrap_error, markdown, notes_of, statistics


def test_means_are_over_those_who_were_found() -> None:
    row = row_name("naked body", ESTIMATED)
    results = {
        "000000": {"rows": {row: {"chamfer_cm": 1.0}}, "found": True, "person": "One_M_1_Casual"},
        "000001": {"rows": {row: {"chamfer_cm": 3.0, "face_cm": 1.5}}, "found": True, "person": "Two_F_1_Casual"},
        "000002": {"rows": {row: None}, "found": False, "person": "Two_F_1_Medi"},
    }
    known = statistics(results, row, "chamfer_cm")
    assert known == pytest.approx((2.0, 1.0, 2), rel=0.05)
    text = markdown(results, "Three.")
    assert "3 pictures of 2 people in 3 outfits" in text
    assert "found in 2 of 3" in text
    assert "| estimated body | naked body | 2 |" in text
    assert known is not None
    assert f"| 2.00 ± {known[1]:.2f} |" in text
    assert "| 1.50 ± 0.00 (1) |" in text


def test_pictures_of_one_person_are_not_counted_as_independent() -> None:
    rng = np.random.default_rng(1)
    people = np.repeat(rng.normal(size=50), 20)
    names = [f"person {number}" for number in np.repeat(np.arange(50), 20)]
    assert bootstrap_error(names, people) == pytest.approx(people[::20].std(ddof=1) / np.sqrt(50), rel=0.1)
    # Where people do not differ, it is the error over all pictures.
    noise = rng.normal(size=1000)
    assert bootstrap_error(names, noise) == pytest.approx(1 / np.sqrt(1000), rel=0.25)
    assert bootstrap_error(names[:20], noise[:20]) == 0.0


def test_the_sheet_stacks_people_in_one_frame() -> None:
    line = np.zeros((TILE, TILE * len(COLUMNS), 3), np.uint8)
    picture = sheet([[("truth", line, 1.0), ("naked body", line, 2.0)]])
    assert picture.shape[1] == LABEL + TILE * len(COLUMNS)
    assert picture.shape[0] > 2 * TILE
    truth, body = (picture[top : top + TILE, LABEL:] for top in (HEADER, HEADER + TILE))
    assert (body == 0).all()
    # The input stays, the views are as small as in the other row's frame.
    assert (truth[:, :TILE] == 0).all()
    assert (truth[:, TILE : 2 * TILE] == 0).mean() == pytest.approx(0.25, abs=0.02)
    assert widened(line, 1.0) is line
    with pytest.raises(RestageError) as caught:
        sheet([])
    assert caught.value.code == "frame_missing"


def test_what_people_wrote_is_kept() -> None:
    assert notes_of("# Title\n") == ""
    text = markdown({}, "None.", notes="## What was missed\n\nHats.")
    assert notes_of(text) == "## What was missed\n\nHats."
