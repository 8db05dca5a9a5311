"""From everybody in a clip to the track of one person."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..events import Events, progress
from ..job import Job
from ..picture import read_picture
from .follow import Follower, is_already_followed
from .landmarker import Pose, PoseFinder
from .people import choose_person
from .people_file import write_people
from .raw_masks import RawMasks
from .track import Track, TrackBuilder
from .verdict import refuse, tell_choice
from .watch import Watched


def chosen_track(job: Job, clip_path: Path, watched: Watched, fresh: bool, raw: RawMasks, events: Events) -> Track:
    """The track of the person whom the job's settings choose; their masks are in `raw` then.

    fresh: whether `raw` holds the masks of watched.track. Writes `person/people.json` and tells whom it chose. Raises
    RestageError `no_person`, `not_a_person` and `person_missing`.
    """
    people, wanted = watched.people, job.record.settings.person
    known = people.chosen_from(insisting=bool(wanted))
    if not known:
        raise refuse(clip_path.name, people, watched.track)
    person = choose_person(people, wanted)
    write_people(job, people, person)
    tell_choice(people, person, events)
    others = [other for other in known if other is not person]
    if fresh and person.id == 1 and is_already_followed(watched.track, person, others, people.looks):
        return watched.track
    raw.clear()
    between = watched.between
    numbers, times = between.numbers, between.times

    def read(number: int) -> npt.NDArray[np.uint8]:
        return read_picture(job.picture_path(number)) if between.chosen(number) else between.read(number)

    poses: dict[int, Pose] = {}
    with PoseFinder() as finder:
        follower = Follower(finder, read, numbers, times, person, others)
        for row, pose in progress(follower.follow(), events, "follow", len(numbers)):
            if between.chosen(int(numbers[row])):
                raw.write(int(numbers[row]), pose.mask)
            poses[row] = replace(pose, mask=np.zeros((0, 0), np.float32))
    builder = TrackBuilder()
    for row, (number, time) in enumerate(zip(numbers, times, strict=True)):
        builder.add(int(number), float(time), poses.get(row))
    track = between.without(builder.finish(job.record.settings.steadiness))
    if not track.present.any():
        raise refuse(clip_path.name, people, track)
    return track
