"""Who is in a clip: sightings linked to people, the chosen one, and what is told about them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import ExitCode, RestageError
from .clothes import clothes_distance
from .sighting import MOST_DOUBT, Floats, Sighting

# How far a person may be from where they were last seen, in their own sizes: at once, and more for each second.
REACH, REACH_PER_SECOND = 0.5, 2.0
# Clothes (clothes_distance) of one person differ less than this; after an absence of more than so many seconds,
# where place says nothing, less than the second figure.
SAME_CLOTHES, ABSENCE, SAME_CLOTHES_AFTER_ABSENCE = 0.75, 2.0, 0.45
# Size of one person from one look to the next.
GROWTH = 1.8
# People in the middle of the picture count this much more than those at its sides.
CENTRE_BONUS = 0.5


@dataclass(frozen=True)
class Person:
    """One person in one shot. id: 1 is the most prominent; first, last: the shot's frame numbers, last excluded (None:
    the clip's end); sightings in order; frames: in how many frames they are, about."""

    id: int
    first: int
    last: int | None
    sightings: tuple[Sighting, ...]
    frames: int

    @property
    def clothes(self) -> Floats:
        """Mean colours over all sightings."""
        return np.mean([sighting.clothes for sighting in self.sightings], axis=0)

    @property
    def cut_off(self) -> bool:
        """Whether the picture's edge cuts them in most sightings."""
        return float(np.mean([sighting.cut_off for sighting in self.sightings])) > 0.5


@dataclass(frozen=True)
class People:
    """Everybody in a clip, the most prominent first.

    looks: numbers of the frames that were looked at; doubtful: those in which something was seen that is hardly a
    person; cuts: numbers of the frames that begin a new shot; size: width and height of the picture; suspects: what
    passes for a person only where somebody insists, when there is nobody else.
    """

    people: tuple[Person, ...]
    looks: tuple[int, ...]
    doubtful: tuple[int, ...]
    cuts: tuple[int, ...]
    size: tuple[int, int]
    suspects: tuple[Person, ...] = ()

    def chosen_from(self, insisting: bool) -> tuple[Person, ...]:
        """Whom a choice may name."""
        return self.people or (self.suspects if insisting else ())

    def describe(self, insisting: bool = False) -> list[dict[str, Any]]:
        """Everybody, or, when there is nobody, the suspects, as JSON: id; box [x, y, width, height], 0-1, where they
        are best seen, and `frame`, which that is; frames: in how many they are, about; first, last: seen first and
        last; partial: cut off by the picture's edge."""
        width, height = self.size
        described = []
        for person in self.chosen_from(insisting):
            best = max(person.sightings, key=lambda sighting: _prominence(sighting, self.size))
            left, top, right, bottom = best.box
            box = [left / width, top / height, (right - left) / width, (bottom - top) / height]
            described.append(
                {
                    "id": person.id,
                    "box": [round(float(value), 4) for value in box],
                    "frame": best.number,
                    "frames": person.frames,
                    "first": person.sightings[0].number,
                    "last": person.sightings[-1].number,
                    "partial": person.cut_off,
                }
            )
        return described


def link_people(
    looks: Sequence[tuple[int, float]], sightings: Sequence[Sighting], cuts: Sequence[int], shape: tuple[int, ...]
) -> People:
    """Put the sightings of every shot together to people.

    looks: (number, time) of the frames that were looked at; cuts: numbers of frames that begin a new shot; shape: of
    the picture. Somebody in another shot is somebody else, since it may have another camera.
    """
    size = (shape[1], shape[0])
    likely = [sighting for sighting in sightings if sighting.doubt <= MOST_DOUBT]
    doubtful = {sighting.number for sighting in sightings} - {sighting.number for sighting in likely}
    people = _ranked(looks, likely, cuts, size)
    suspects = () if people else _ranked(looks, sightings, cuts, size)
    return People(people, tuple(number for number, _ in looks), tuple(sorted(doubtful)), tuple(cuts), size, suspects)


def _ranked(
    looks: Sequence[tuple[int, float]], sightings: Sequence[Sighting], cuts: Sequence[int], size: tuple[int, int]
) -> tuple[Person, ...]:
    """The people of some sightings, shot by shot, numbered by how prominent they are."""
    per_look = _frames_per_look(looks)
    people: list[Person] = []
    for first, last in zip([0, *cuts], [*cuts, None], strict=True):
        within = [number for number, _ in looks if number >= first and (last is None or number < last)]
        seen = [s for s in sightings if s.number >= first and (last is None or s.number < last)]
        for own in _link(seen):
            # Somebody who is seen once in many looks was hardly there.
            if len(own) > 1 or len(within) < 4:
                frames = round(sum(per_look[sighting.number] for sighting in own))
                people.append(Person(0, first, last, tuple(own), max(1, frames)))
    people.sort(key=lambda person: -sum(_prominence(s, size) * per_look[s.number] for s in person.sightings))
    return tuple(Person(i, p.first, p.last, p.sightings, p.frames) for i, p in enumerate(people, start=1))


def choose_person(people: People, wanted: str) -> Person:
    """The person that the setting `person` names: "" the most prominent, "ID", or "x,y", a point on them, 0-1. Who
    names one insists that it is a person.

    Raises RestageError `person_missing` when there is no such person; there must be people, or, to insist, suspects.
    """
    known = people.chosen_from(insisting=bool(wanted))
    if not wanted:
        return known[0]
    if "," not in wanted:
        for person in known:
            if person.id == int(wanted):
                return person
    else:
        point = np.array([float(part) for part in wanted.split(",")]) * people.size
        # At different times different people may be there; whoever has it nearest their middle is meant.
        there = [
            (float(np.linalg.norm((sighting.box[:2] + sighting.box[2:]) / 2 - point)), person.id)
            for person in known
            for sighting in person.sightings
            if (point >= sighting.box[:2]).all() and (point <= sighting.box[2:]).all()
        ]
        if there:
            return known[min(there)[1] - 1]
    count = len(known)
    raise RestageError(
        "person_missing",
        f"There is no person {wanted} in the clip; {count} {'was' if count == 1 else 'were'} found."
        " `probe` lists them with their places.",
        ExitCode.BAD_ARGUMENTS,
    )


def _frames_per_look(looks: Sequence[tuple[int, float]]) -> dict[int, float]:
    """For how many frames each look stands: half the way to the ones before and after it."""
    numbers = np.array([number for number, _ in looks], np.float64)
    if len(numbers) < 2:
        return {int(number): 1.0 for number in numbers}
    steps = np.diff(numbers)
    share = np.concatenate([steps[:1], (steps[1:] + steps[:-1]) / 2, steps[-1:]])
    return {int(number): float(value) for number, value in zip(numbers, share, strict=True)}


def _prominence(sighting: Sighting, size: tuple[int, int]) -> float:
    """How much a person is the subject: their size against the picture's height, less at the sides."""
    aside = abs((sighting.box[0] + sighting.box[2]) / size[0] - 1.0)
    height = float(np.clip((sighting.box[3] - sighting.box[1]) / size[1], 0.0, 1.0))
    return height * (1.0 - CENTRE_BONUS * float(np.clip(aside, 0.0, 1.0)))


def _link(sightings: Sequence[Sighting]) -> list[list[Sighting]]:
    """Sightings of one shot as one list a person: nearest in place and clothes, look by look."""
    from scipy.optimize import linear_sum_assignment

    people: list[list[Sighting]] = []
    for number in sorted({sighting.number for sighting in sightings}):
        seen = [sighting for sighting in sightings if sighting.number == number]
        costs = np.array([[_cost(person, sighting) for person in people] for sighting in seen]).reshape(len(seen), -1)
        rows, columns = linear_sum_assignment(np.where(np.isfinite(costs), costs, 1e6))
        known = {int(row): int(column) for row, column in zip(rows, columns, strict=True)}
        for row, sighting in enumerate(seen):
            if row in known and np.isfinite(costs[row, known[row]]):
                people[known[row]].append(sighting)
            else:
                people.append([sighting])
    return people


def _cost(person: Sequence[Sighting], sighting: Sighting) -> float:
    """How unlikely it is that a sighting shows this person, infinite where it cannot be."""
    last = person[-1]
    seconds = sighting.time - last.time
    clothes = clothes_distance(np.mean([s.clothes for s in person[-5:]], axis=0), sighting.clothes)
    grown = sighting.size / last.size
    if seconds > ABSENCE:
        return 1.0 + clothes if clothes < SAME_CLOTHES_AFTER_ABSENCE else np.inf
    way = float(np.linalg.norm((sighting.box[:2] + sighting.box[2:] - last.box[:2] - last.box[2:]) / 2)) / last.size
    reach = REACH + REACH_PER_SECOND * seconds
    if way > reach or clothes > SAME_CLOTHES or not 1 / GROWTH < grown < GROWTH:
        return np.inf
    return way / reach + clothes
