"""`person/people.json`: who was in the clip, and whose job this is."""

import json
from typing import Any

from ..errors import RestageError
from ..job import Job, atomic_write
from ..job_check import read_json
from .people import People, Person


def write_people(job: Job, people: People, chosen: Person) -> None:
    """Write everybody as People.describe gives them, and the chosen one's id."""
    values = {"chosen": chosen.id, "cuts": list(people.cuts), "people": people.describe(insisting=True)}
    with atomic_write(job.people_path) as stream:
        stream.write((json.dumps(values, indent=1) + "\n").encode())


def read_people(job: Job) -> dict[str, Any]:
    """What write_people wrote: {chosen, cuts, people}. Raises RestageError `job_unreadable`."""
    try:
        values = read_json(job.people_path)
        return {"chosen": int(values["chosen"]), "cuts": list(values["cuts"]), "people": list(values["people"])}
    except (OSError, ValueError, KeyError, TypeError, OverflowError) as error:
        raise RestageError(
            "job_unreadable", f"{job.people_path} cannot be read ({error}). Run again with --restart."
        ) from error
