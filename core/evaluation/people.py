"""Reconstructions of synthetic people against their truth, person by person; goes on where it stopped.

Everything is compared in the true camera's axes, in metres: x right, y up, z towards the camera, which is the origin.
An estimate was made by a camera of its own, whose axes are the same, so its errors of distance and size count.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import RestageError
from ..events import Events, progress
from ..frame import ClipReader
from ..job import atomic_write
from ..parallel import raised, work_through
from ..person.cut import cut_mask, cut_picture
from ..picture import write_png
from ..render import CameraView, Hits, MeshCaster, shade, silhouette, vertex_normals
from ..spaces import CROP_SIZE, CanonicalView
from ..texture.projection import Photograph
from ..texture.stage import photograph_of
from ..training.avatar import Avatar
from ..training.binding import BoundBody
from ..training.dataset import DataSet
from ..training.still import Still, take_still
from .alignment import RigidTransform, align
from .body_errors import BodyError, body_error
from .estimate import FRAME, estimate_body
from .people_sheet import strip
from .reconstructor import Reconstruction, Reconstructor, Sight
from .shape import SAMPLES, Surface, shape_error
from .views import Frame, colour_errors, overlap, view_errors

Float = npt.NDArray[np.float32]

TRUE, NOISY, ESTIMATED, ALIGNED = "true body", "noisy body", "estimated body", "estimated body, aligned"
SETTINGS = (TRUE, NOISY, ESTIMATED, ALIGNED)
# The setting that the picture sheet shows: what a user gets, where it can be compared.
SHOWN = ALIGNED
PERSON_SHARE = 0.8


@dataclass(frozen=True, eq=False)
class _Placed:
    """A prediction in the true camera's axes: its outer surface, the mesh's colours, and its outline's overlap."""

    surface: Surface
    colours: npt.NDArray[np.uint8] | None
    input_overlap: float


class Person:
    """A synthetic person: the truth, its picture, and what is known of the body in each setting."""

    def __init__(self, dataset: DataSet, number: int, estimates: Path, samples: int = SAMPLES) -> None:
        rng = dataset.generator(number)
        self.scene = dataset.scene(number, rng)
        self.number, self._dataset, self._estimates, self._samples = number, dataset, estimates, samples
        avatar = self.scene.avatar
        self.vertices = self.scene.view.camera.world_to_camera(self.scene.world).astype(np.float32)
        self.frame = Frame.around(self.vertices)
        self.hits: tuple[Hits, ...] = self.frame.cast(MeshCaster(self.vertices, avatar.faces))
        self.normals = avatar.vertex_normals(self.vertices)
        self.still: Still = take_still(self.scene, rng, self.hits)

    @cached_property
    def surface(self) -> Surface:
        """Samples of the truth."""
        return Surface.of(self.vertices, self.scene.avatar.faces, self._samples)

    @cached_property
    def parts(self) -> dict[str, npt.NDArray[np.bool_]]:
        """By part of the person, which of the avatar's faces belong to it."""
        return face_parts(self.scene.avatar)

    @cached_property
    def estimate(self) -> ClipReader | None:
        """What Restage makes of the picture alone; None where it finds nobody."""
        return estimate_body(self.still.picture, self._estimates, f"{self.number:06d}")

    def sight(self, setting: str) -> Sight | None:
        """What a method is given in a setting; None where nobody was found."""
        if setting in (ESTIMATED, ALIGNED):
            return None if self.estimate is None else _estimated_sight(self.estimate)
        view, still = self.scene.view, self.still
        body = self.scene.body if setting == TRUE else self.scene.noisy
        picture = cut_picture(still.picture, view.crop)
        mask = np.round(still.mask * 255).astype(np.uint8)
        photograph = Photograph.of(still.picture, mask, view.crop.side * PERSON_SHARE)
        return Sight(picture, cut_mask(still.mask, view.crop, CROP_SIZE), body, view, photograph)

    def body_error(self) -> BodyError | None:
        """How far the estimated body is from the true one; None where nobody was found."""
        if self.estimate is None:
            return None
        scene = self.scene
        bones = BoundBody.load(scene.avatar, self._dataset.folder.parent / "bodies").bones
        true_body = scene.view.to_world(scene.body).astype(np.float32)
        return body_error(
            scene.avatar, bones, true_body, scene.view, self.estimate.body(FRAME), self.estimate.view(FRAME)
        )

    def place(self, made: Reconstruction, view: CanonicalView) -> _Placed:
        """Bring a reconstruction, canonical in a view, before the true camera."""
        world = view.to_world(made.vertices).astype(np.float32)
        camera = view.camera
        seen = MeshCaster(world, made.faces).cast(CameraView(camera, camera.width, camera.height))
        shared = overlap(self.still.mask > 0.5, silhouette(seen))
        vertices = camera.world_to_camera(world).astype(np.float32)
        return _Placed(Surface.of(vertices, made.faces, self._samples), made.colours, shared)

    def aligned(self, placed: _Placed) -> _Placed:
        """The same, moved onto the truth rigidly: first middle to middle, since depths are metres off."""
        own, truth = placed.surface, self.surface
        start = RigidTransform.shift(truth.points.mean(axis=0) - own.points.mean(axis=0))
        found = align(own, truth, start)
        normals = (own.normals @ found.rotation.T).astype(np.float32)
        moved = Surface(found.apply(own.points), normals, own.face, found.apply(own.vertices), own.faces)
        return _Placed(moved, placed.colours, placed.input_overlap)

    def figures(self, placed: _Placed) -> tuple[dict[str, Any], npt.NDArray[np.uint8]]:
        """JSON values of all measures, and the strip of pictures that shows the prediction."""
        surface = placed.surface
        hits = self.frame.cast(MeshCaster(surface.vertices, surface.faces))
        normals = vertex_normals(surface.vertices, surface.faces)
        values = shape_error(self.surface, surface, self.parts).values()
        values |= {"input_iou": placed.input_overlap} | view_errors(self.hits, self.normals, hits, normals)
        coloured = tuple(shade(one, colours=placed.colours) for one in hits)
        if placed.colours is not None:
            shown = tuple(silhouette(a) | silhouette(b) for a, b in zip(self.hits, hits, strict=True))
            values |= colour_errors(self.still.views, coloured, shown)
        return values, strip(None, tuple(shade(one, normals) for one in hits), coloured)

    def truth_strip(self) -> npt.NDArray[np.uint8]:
        """The picture and the truth, as the sheet shows them."""
        picture = cut_picture(self.still.picture, self.scene.view.crop)
        return strip(picture, tuple(shade(one, self.normals) for one in self.hits), self.still.views)


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
        wanted = [(method, setting) for setting in settings for method in methods]
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
        estimated = any(setting in (ESTIMATED, ALIGNED) for _, setting in wanted)
        found = person.estimate is not None if estimated else entry["found"]
        return {"rows": rows, "found": found, "person": person.scene.avatar.name}

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
        made: dict[tuple[str, str], _Placed | None] = {}
        for method, setting in wanted:
            name = row_name(method.name, setting)
            if name in known:
                continue
            sight = person.sight(setting)
            if sight is None:
                yield name, None
                continue
            # Alignment comes after: both settings of the estimate share one reconstruction.
            source = ESTIMATED if setting == ALIGNED else setting
            if (method.name, source) not in made:
                reconstruction = _reconstruct(method, sight)
                made[method.name, source] = reconstruction and person.place(reconstruction, sight.view)
            placed = made[method.name, source]
            if placed is None:
                yield name, None
                continue
            values, pictures = person.figures(person.aligned(placed) if setting == ALIGNED else placed)
            if setting == SHOWN:
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


def row_name(method: str, setting: str) -> str:
    """How results.json calls a method in a setting."""
    return f"{setting} / {method}"


def face_parts(avatar: Avatar) -> dict[str, npt.NDArray[np.bool_]]:
    """By `head`, `hands` and `rest`, (T,) which of the avatar's faces belong to it: what moves them most."""
    part_of_bone = []
    for name, parent in zip(avatar.bone_names, avatar.bone_parents, strict=True):
        inherited = part_of_bone[parent] if parent >= 0 else "rest"
        own = "head" if name == "Head" else "hands" if name in ("LeftHand", "RightHand") else inherited
        part_of_bone.append(own)
    strongest = np.take_along_axis(avatar.weight_bones, avatar.weights.argmax(axis=1)[:, None], axis=1)[:, 0]
    labels = np.array(part_of_bone)[strongest[avatar.faces[:, 0]]]
    return {name: labels == name for name in ("head", "hands", "rest")}


def _reconstruct(method: Reconstructor, sight: Sight) -> Reconstruction | None:
    try:
        return method.reconstruct(sight)
    except RestageError as error:
        if error.code != "surface_empty":
            raise
        return None


def _estimated_sight(reader: ClipReader) -> Sight:
    view = reader.view(FRAME)
    body = view.from_world(reader.body(FRAME)).astype(np.float32)
    picture = cut_picture(reader.picture(FRAME), reader.crops[FRAME])
    return Sight(picture, reader.crop_mask(FRAME, CROP_SIZE), body, view, photograph_of(reader, FRAME))
