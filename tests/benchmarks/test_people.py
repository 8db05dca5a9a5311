"""The measure of following the right person: its labels, its judgement, and one clip of the shared ones."""

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.people import LABELS, _is_right, evaluate_clip

CLIPS = Path(__file__).resolve().parents[3] / "shared" / "clips"
SMALL = "variants/small_person_pad_juggle.mp4"


def test_labels_are_boxes_inside_the_picture_and_everybody_is_seen_once() -> None:
    for people in json.loads(LABELS.read_text(encoding="utf-8")).values():
        for boxes in people.values():
            assert any(boxes.values())
            for box in filter(None, boxes.values()):
                x, y, width, height = box
                assert min(x, y) >= 0
                assert min(width, height) > 0
                assert max(x + width, y + height) <= 1.001


def test_a_frame_is_right_where_track_and_label_agree() -> None:
    image = np.random.default_rng(1).uniform([0.4, 0.2], [0.6, 0.8], (33, 2))
    assert _is_right(image, True, [0.4, 0.2, 0.2, 0.6])
    assert not _is_right(image, True, [0.7, 0.2, 0.2, 0.6])
    assert not _is_right(image, True, None)
    assert not _is_right(image, False, [0.4, 0.2, 0.2, 0.6])
    assert _is_right(image, False, None)


@pytest.mark.slow
@pytest.mark.skipif(not (CLIPS / SMALL).exists(), reason=f"the shared clips are not there: {CLIPS / SMALL}")
def test_a_small_man_is_followed_from_beginning_to_end() -> None:
    people = json.loads(LABELS.read_text(encoding="utf-8"))[SMALL]
    assert evaluate_clip(CLIPS / SMALL, people) == {"man": []}
