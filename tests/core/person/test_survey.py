"""Who is in a clip: on pictures made from the bundled clip by scaling, mirroring, pasting and cutting."""

from collections.abc import Callable, Iterable

import cv2
import numpy as np
import pytest

from core.person.landmarker import PoseFinder
from core.person.people import People
from core.person.survey import Survey
from core.person.verdict import refuse
from tests.core.person.made_clips import MAN, Bytes, drawn, paste, pictures, recoloured, room, side_by_side


def survey(frames: Iterable[tuple[float, Bytes]]) -> People:
    frames = list(frames)
    with PoseFinder() as finder:
        looking = Survey(frames[-1][0], finder)
        for number, (time, picture) in enumerate(frames):
            looking.add(number, time, picture)
        return looking.finish()


def test_one_person_is_one_person_in_every_look() -> None:
    people = survey((row / 4, picture) for row, picture in enumerate(pictures()[:8]))
    (person,) = people.people
    assert [sighting.number for sighting in person.sightings] == list(people.looks)
    assert not people.cuts
    assert not people.doubtful
    (described,) = people.describe()
    left, top, width, height = described["box"]
    assert 0.1 < left < left + width < 0.8
    assert 0.15 < top < top + height < 0.75
    assert described["frames"] == 8
    assert not described["partial"]


def test_a_man_a_quarter_as_high_as_the_picture_is_found_in_a_corner() -> None:
    # He is 0.4 of the clip's height, here 0.25 of 1080.
    small = [cv2.resize(picture[MAN], None, fx=0.62, fy=0.62, interpolation=cv2.INTER_AREA) for picture in pictures()]
    people = survey((row / 4, paste(room(1920, 1080), man, 1650, 60)) for row, man in enumerate(small[:6]))
    (person,) = people.people
    assert [sighting.number for sighting in person.sightings] == list(people.looks)
    assert all(1650 < sighting.box[0] < sighting.box[2] < 1900 for sighting in person.sightings)


def test_two_at_once_are_two_and_stay_themselves() -> None:
    people = survey((row / 4, side_by_side(row)) for row in range(8))
    assert len(people.people) == 2
    for person in people.people:
        assert len(person.sightings) >= len(people.looks) - 1
        sides = {sighting.box[0] < 500 for sighting in person.sightings}
        assert len(sides) == 1


def test_who_comes_back_is_the_same_and_who_comes_instead_is_another() -> None:
    def scene(row: int) -> Bytes:
        picture = room(1500, 620)
        if row < 6 or 12 <= row < 18:
            return paste(picture, pictures()[row][MAN], 40 if row < 6 else 900, 20)
        return paste(picture, recoloured(pictures()[row - 20][MAN]), 40, 20) if row >= 26 else picture

    people = survey((row / 2, scene(row)) for row in range(32))
    seen = [[sighting.number for sighting in person.sightings] for person in people.people]
    assert sorted(seen, key=min) == [[*range(6), *range(12, 18)], list(range(26, 32))]


def test_a_cut_begins_a_new_shot_with_people_of_its_own() -> None:
    def scene(row: int) -> Bytes:
        return pictures()[row] if row < 6 else np.ascontiguousarray(255 - pictures()[row - 6][:, ::-1] // 2)

    people = survey((row / 4, scene(row)) for row in range(12))
    assert people.cuts == (6,)
    assert sorted((person.first, person.last) for person in people.people)[0] == (0, 6)
    assert all((s.number < 6) == (person.first == 0) for person in people.people for s in person.sightings)


def test_a_dissolve_begins_a_new_shot_too() -> None:
    def scene(row: int) -> Bytes:
        share = np.clip((row - 6) / 8, 0.0, 1.0)
        after = 255 - pictures()[row % 20][:, ::-1] // 2
        return np.round((1 - share) * pictures()[row % 20] + share * after).astype(np.uint8)

    people = survey((row / 8, scene(row)) for row in range(24))
    (cut,) = people.cuts
    assert 8 <= cut <= 12
    assert all((s.number < cut) == (person.first < cut) for person in people.people for s in person.sightings)


def compressed(picture: Bytes) -> Bytes:
    jpeg = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 8])[1]
    return cv2.imdecode(jpeg, cv2.IMREAD_COLOR)


def grainy(picture: Bytes) -> Bytes:
    noise = np.random.default_rng(0).normal(0, 35, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def dark(picture: Bytes) -> Bytes:
    return (0.15 * picture).astype(np.uint8)


def blurred(picture: Bytes) -> Bytes:
    return cv2.filter2D(picture, -1, np.full((1, 15), 1 / 15))


@pytest.mark.parametrize("spoil", [compressed, grainy, dark, blurred])
def test_bad_pictures_still_show_a_person(spoil: Callable[[Bytes], Bytes]) -> None:
    people = survey((row / 4, spoil(picture)) for row, picture in enumerate(pictures()[:3]))
    (person,) = people.people
    assert [sighting.number for sighting in person.sightings] == list(people.looks)
    assert not people.doubtful


def test_a_drawing_is_not_taken_for_a_person() -> None:
    people = survey((row / 4, drawn(1.5 * row)) for row in range(6))
    assert people.doubtful
    assert not people.people
    assert refuse("cartoon.mp4", people).code == "not_a_person"


def test_an_empty_room_holds_nobody() -> None:
    people = survey((row / 4, room(960, 540)) for row in range(4))
    assert not people.people
    assert not people.doubtful


def test_a_person_whom_the_edge_cuts_off_is_partial() -> None:
    # Down to the hips.
    people = survey((row / 4, np.ascontiguousarray(picture[:500])) for row, picture in enumerate(pictures()[:6]))
    assert [person.cut_off for person in people.people] == [True]
