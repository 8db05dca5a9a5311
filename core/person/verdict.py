"""What is said about the people of a clip: why it is refused, who was chosen, and what will be missing."""

from typing import Any

from ..errors import RestageError
from ..events import Events
from .people import People, Person
from .track import Track

# From this share of the frames on, something that is no person was followed, not just glimpsed.
FOLLOWED = 0.2


def refuse(name: str, people: People, track: Track | None = None) -> RestageError:
    """The error for a clip in which nobody can be reconstructed.

    track: of whatever was followed without a choice, if anything was.
    """
    followed = float(track.found.mean()) if track is not None and len(track.found) else 0.0
    if people.doubtful and (followed > FOLLOWED or len(people.doubtful) > FOLLOWED * len(people.looks)):
        insist = " If it is one all the same, insist with --person 1." if people.suspects else ""
        return RestageError(
            "not_a_person",
            f"What {name} shows was not taken for a person: it was seen as one in some frames, but differently when"
            " looked at closely or mirrored, as happens with animals, drawings and things. Choose a clip of a real"
            f" person, whole body, well lit.{insist}",
        )
    return RestageError(
        "no_person",
        f"No person was found in {name}. Choose a clip that shows a person's whole body, at least a quarter of the"
        " picture high.",
    )


def tell_choice(people: People, person: Person, events: Events) -> None:
    """Emit notices: who else is in the clip, and whether the picture cuts the chosen person off."""
    for sentence in _remarks(people, person):
        events.emit("notice", message=sentence)


def describe_people(name: str, people: People) -> dict[str, Any]:
    """What `probe` says of them: `people` (People.describe), `suspects`, whom somebody may insist on where there is
    nobody, `cuts`, `works`, and `remarks`, sentences."""
    found = people.people
    remarks = _remarks(people, found[0]) if found else [str(refuse(name, people))]
    return {
        "people": people.describe(),
        "suspects": [] if found else people.describe(insisting=True),
        "cuts": list(people.cuts),
        "works": bool(found),
        "remarks": remarks,
    }


def _remarks(people: People, person: Person) -> list[str]:
    remarks = []
    count = len(people.people)
    if count > 1:
        shots = len(people.cuts) + 1
        where = f" in {shots} shots" if shots > 1 else ""
        remarks.append(
            f"{count} people were found{where}; this is person {person.id}, frames {person.sightings[0].number} to"
            f" {person.sightings[-1].number}. Choose another with --person ID, or all of them with --person all."
        )
    if person.cut_off:
        remarks.append(
            f"Person {person.id} is cut off by the picture's edge: what is outside is guessed from the body (partial)."
        )
    return remarks
