"""How often the right person is followed, on clips with several people: `python benchmarks/people.py CLIPS [NAME …]`.

CLIPS is a folder with the clips that tests/core/person/people_labels.json names; ones that are not there are left
out. Every labelled person is chosen by ID, as seen nearest to their first label, and followed. A labelled frame is
right when the track's box and the label overlap by at least half of the smaller one, or when both say that the person
is not there.
"""

import json
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from core.person.people import People

ROOT = Path(__file__).resolve().parents[1]
LABELS = ROOT / "tests" / "core" / "person" / "people_labels.json"
OVERLAP = 0.5


def main(clips: Path, names: list[str]) -> int:
    """Print a table, a line for each person; returns 1 when a clip is there and less than 98 % are right."""
    labels = json.loads(LABELS.read_text(encoding="utf-8"))
    right = total = 0
    print("| clip | person | labelled frames | right | wrong in |\n|---|---|---|---|---|")
    for name, people in labels.items():
        if names and name not in names:
            continue
        if not (clips / name).exists():
            print(f"| {name} | not there | | | |")
            continue
        for person, wrong in evaluate_clip(clips / name, people).items():
            count = len(people[person])
            print(f"| {name} | {person} | {count} | {count - len(wrong)} | {', '.join(map(str, wrong))} |", flush=True)
            right, total = right + count - len(wrong), total + count
    print(f"\n{right} of {total} frames are right" + (f" ({100 * right / total:.1f} %)" if total else ""))
    return int(total > 0 and right < 0.98 * total)


def evaluate_clip(clip: Path, people: dict[str, dict[str, list[float] | None]]) -> dict[str, list[int]]:
    """The labelled frames in which a person's track is wrong, by person.

    people: {person: {frame: [x, y, width, height] relative to the picture, or None where they are not}}.
    """
    from core.clip import probe_clip
    from core.events import SilentEvents
    from core.job import Job, JobRecord
    from core.person.chosen import chosen_track
    from core.person.given_masks import AlphaMasks
    from core.person.raw_masks import RawMasks
    from core.person.watch import watch
    from core.settings import Settings

    wrong = {}
    with tempfile.TemporaryDirectory() as folder:
        job = Job(Path(folder), JobRecord("people", {}, Settings()))
        raw = RawMasks(Path(folder) / "raw")
        alpha = AlphaMasks(Path(folder) / "alpha")
        watched = watch(job, clip, probe_clip(clip), raw, alpha, SilentEvents())
        for index, (person, boxes) in enumerate(people.items()):
            job.record.settings = Settings(person=str(_labelled_person(watched.people, boxes)))
            track = chosen_track(job, clip, watched, index == 0, raw, SilentEvents())
            rows = {int(number): row for row, number in enumerate(track.numbers)}
            size = np.array([watched.clip["width"], watched.clip["height"]])
            wrong[person] = [
                int(frame)
                for frame, box in boxes.items()
                if not _is_right(track.image[rows[int(frame)]] / size, bool(track.present[rows[int(frame)]]), box)
            ]
    return wrong


def _labelled_person(people: "People", boxes: dict[str, list[float] | None]) -> int:
    """The ID of the person who was seen at the first label, at the time nearest to it."""
    frame, box = next((int(frame), box) for frame, box in boxes.items() if box)
    middle = (np.array(box[:2]) + np.array(box[2:]) / 2) * people.size
    seen = [
        (abs(sighting.number - frame), person.id)
        for person in people.people
        for sighting in person.sightings
        if (middle >= sighting.box[:2]).all() and (middle <= sighting.box[2:]).all()
    ]
    return min(seen)[1]


def _is_right(image: np.ndarray, present: bool, label: list[float] | None) -> bool:
    """image: (33, 2) landmarks relative to the picture."""
    if label is None or not present:
        return label is None and not present
    points = np.clip(image, 0.0, 1.0)
    low, high = points.min(axis=0), points.max(axis=0)
    first, last = np.array(label[:2]), np.array(label[:2]) + np.array(label[2:])
    shared = np.prod(np.clip(np.minimum(high, last) - np.maximum(low, first), 0.0, None))
    return bool(shared >= OVERLAP * min(np.prod(high - low), np.prod(last - first)))


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
