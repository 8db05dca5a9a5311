"""Reconstructions of synthetic people against their truth, person by person; goes on where it stopped."""

import json
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from ..errors import RestageError
from ..events import Events, progress
from ..job import atomic_write
from ..parallel import raised, work_through
from ..picture import write_png
from ..training.dataset import DataSet
from .people_settings import ALIGNED, ESTIMATED, OWN_RIG, PICTURE_ALONE, SHOWN, row_name
from .reconstructor import NakedBody, Reconstruction, Reconstructor, Sight
from .shape import SAMPLES
from .synthetic_person import Person, Placed


class PeopleEvaluation:
    """A folder with results.json, one entry a person, and the pictures of what was compared."""

    def __init__(self, folder: Path, dataset: DataSet, samples: int = SAMPLES) -> None:
        self.folder, self._dataset, self._samples = folder, dataset, samples
        path = folder / "results.json"
        self.results: dict[str, dict[str, Any]] = json.loads(path.read_text("utf-8")) if path.exists() else {}

    def person(self, number: int) -> Person:
        return Person(self._dataset, number, self.folder / "estimates", self._samples)

    def run(
        self,
        numbers: Sequence[int],
        methods: Sequence[Reconstructor],
        settings: Sequence[str],
        events: Events,
        workers: int = 1,
    ) -> None:
        """Measure every method in every setting; what results.json holds is not measured again. workers: how many
        people are measured at a time."""
        wanted = [(method, setting) for setting in settings for method in methods if _is_compared(method, setting)]
        names = [row_name(method.name, setting) for method, setting in wanted]
        missing = [n for n in numbers if not all(name in self._entry(n)["rows"] for name in names)]
        measured = raised(work_through(partial(PersonWork, self, wanted), missing, workers))
        for number, entry in progress(measured, events, "people", len(numbers), len(numbers) - len(missing)):
            self.results[f"{number:06d}"] = entry
            self._write()

    def measure(self, number: int, wanted: Sequence[tuple[Reconstructor, str]]) -> dict[str, Any]:
        """A person's entry of results.json, with the rows that it lacks of `wanted`, methods in settings."""
        entry, person = self._entry(number), self.person(number)
        rows = entry["rows"] | dict(self._rows(person, wanted, entry["rows"]))
        estimated = any(setting in PICTURE_ALONE for _, setting in wanted)
        found = person.estimate is not None if estimated else entry["found"]
        avatar, radius = person.scene.avatar.name, person.frame.radius
        return {"rows": rows, "found": found, "person": avatar, "frame_radius": radius}

    def _entry(self, number: int) -> dict[str, Any]:
        return self.results.get(f"{number:06d}", {"rows": {}, "found": None})

    def strip_path(self, number: int, name: str) -> Path:
        """The pictures of a person: `truth`, or a method's name."""
        return self.folder / "strips" / f"{number:06d} {name}.png"

    def _rows(
        self, person: Person, wanted: Sequence[tuple[Reconstructor, str]], known: dict[str, Any]
    ) -> Iterator[tuple[str, Any]]:
        """Name and figures of each row; None for figures where nobody was found, or no surface."""
        write_png(self.strip_path(person.number, "truth"), person.truth_strip())
        made: dict[tuple[str, str], Placed | None] = {}
        for method, setting in wanted:
            name = row_name(method.name, setting)
            if name in known:
                continue
            sight = person.sight(setting)
            if sight is None:
                yield name, None
                continue
            # Alignment comes after: the estimate with and without it shares one reconstruction.
            source = ESTIMATED if setting == ALIGNED else setting
            if (method.name, source) not in made:
                reconstruction = _reconstruct(method, sight)
                made[method.name, source] = reconstruction and person.place(reconstruction, sight.view)
            placed = made[method.name, source]
            if placed is None:
                yield name, None
                continue
            placed = person.aligned(placed) if setting == ALIGNED else placed
            values = person.figures(placed)
            if setting == SHOWN:
                pictures, values["frame_radius"] = person.strip(placed)
                write_png(self.strip_path(person.number, method.name), pictures)
            yield name, values

    def _write(self) -> None:
        with atomic_write(self.folder / "results.json") as stream:
            stream.write((json.dumps(self.results, indent=1, sort_keys=True) + "\n").encode())


class PersonWork:
    """Measures people of an evaluation, in a process of its own where there are several."""

    def __init__(self, evaluation: PeopleEvaluation, wanted: Sequence[tuple[Reconstructor, str]]) -> None:
        self._evaluation, self._wanted = evaluation, wanted

    def __call__(self, number: int) -> dict[str, Any]:
        """See PeopleEvaluation.measure."""
        return self._evaluation.measure(number, self._wanted)


def _is_compared(method: Reconstructor, setting: str) -> bool:
    # Its own rig is asked of the naked body alone: the others are given bound bodies, as training gives them.
    return setting != OWN_RIG or method.name == NakedBody.name


def _reconstruct(method: Reconstructor, sight: Sight) -> Reconstruction | None:
    try:
        return method.reconstruct(sight)
    except RestageError as error:
        if error.code != "surface_empty":
            raise
        return None
