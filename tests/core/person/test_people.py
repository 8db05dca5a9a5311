"""Sightings linked to people, and the one whom a setting names."""

import numpy as np
import pytest

from core.errors import RestageError
from core.person.people import People, choose_person, link_people
from core.person.sighting import Sighting

SHAPE = (500, 1000, 3)
RED, BLUE = (np.eye(256, dtype=np.float32)[[colour, colour]] for colour in (3, 90))


def sighting(number: int, x: float, clothes: np.ndarray = RED, height: float = 200.0, doubt: float = 0.2) -> Sighting:
    """A person `height` pixels high whose middle is at x; two frames a second."""
    image = np.stack([x + np.linspace(-30, 30, 33), 200 + np.linspace(0, height, 33)], axis=1).astype(np.float32)
    box = np.array([x - 30, 200, x + 30, 200 + height])
    return Sighting(number, number / 2, image, box, clothes, doubt, cut_off=False)


def linked(*sightings: Sighting, cuts: tuple[int, ...] = (), frames: int = 20) -> People:
    return link_people([(number, number / 2) for number in range(frames)], sightings, cuts, SHAPE)


def numbers(people: People) -> list[list[int]]:
    return [[seen.number for seen in person.sightings] for person in people.people]


def test_two_who_pass_each_other_keep_their_clothes() -> None:
    people = linked(
        *(sighting(number, 300 + 40 * number, RED, 220) for number in range(10)),
        *(sighting(number, 660 - 40 * number, BLUE) for number in range(10)),
    )
    assert len(people.people) == 2
    for person in people.people:
        assert len({int(seen.clothes[0].argmax()) for seen in person.sightings}) == 1


def test_after_an_absence_clothes_decide() -> None:
    back = linked(*(sighting(number, 300) for number in range(4)), *(sighting(n, 800) for n in range(12, 16)))
    assert numbers(back) == [[0, 1, 2, 3, 12, 13, 14, 15]]
    other = linked(*(sighting(n, 300) for n in range(4)), *(sighting(n, 300, BLUE) for n in range(12, 16)))
    assert sorted(numbers(other)) == [[0, 1, 2, 3], [12, 13, 14, 15]]


def test_the_same_clothes_in_another_shot_are_somebody_else() -> None:
    people = linked(*(sighting(number, 300) for number in range(8)), cuts=(4,))
    assert sorted(numbers(people)) == [[0, 1, 2, 3], [4, 5, 6, 7]]
    assert {(person.first, person.last) for person in people.people} == {(0, 4), (4, None)}


def test_doubtful_and_single_sightings_are_nobody() -> None:
    people = linked(sighting(15, 300), *(sighting(number, 700, doubt=2.5) for number in range(8)))
    assert not people.people
    assert people.doubtful == tuple(range(8))


def test_who_insists_may_choose_what_is_doubtful_when_there_is_nobody_else() -> None:
    doubtful = [sighting(number, 700, doubt=2.5) for number in range(8)]
    alone = linked(*doubtful)
    assert [person.id for person in alone.suspects] == [1]
    assert choose_person(alone, "1") is choose_person(alone, "0.7,0.6") is alone.suspects[0]
    assert not alone.describe() and alone.describe(insisting=True)[0]["id"] == 1
    beside = linked(*doubtful, *(sighting(number, 300) for number in range(8)))
    assert not beside.suspects
    assert choose_person(beside, "1").sightings[0].box[0] == 270


def test_the_largest_and_most_central_is_the_first() -> None:
    people = linked(
        *(sighting(number, 500, RED, 200) for number in range(10)),
        *(sighting(number, 60, BLUE, 220) for number in range(10)),
    )
    assert people.people[0].sightings[0].box[0] == 470
    assert [person.id for person in people.people] == [1, 2]
    assert choose_person(people, "").id == 1


def test_a_point_names_whoever_has_it_nearest_their_middle() -> None:
    # The second comes later to where the first was.
    people = linked(
        *(sighting(number, 500, RED) for number in range(4)),
        *(sighting(number, 520, BLUE) for number in range(12, 16)),
    )
    assert choose_person(people, "0.499,0.6").sightings[0].number == 0
    assert choose_person(people, "0.525,0.6").sightings[0].number == 12
    for nobody in ("0.9,0.1", "3"):
        with pytest.raises(RestageError) as caught:
            choose_person(people, nobody)
        assert caught.value.code == "person_missing"
