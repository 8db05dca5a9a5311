"""How MediaPipe errs: what it says about rendered people beside the truth, and those errors put on other people."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ...errors import RestageError
from ...events import Events, progress
from ...job import atomic_write
from ...lifting.sight import LANDMARKS, from_hips, look_at_hips
from ...person.landmarker import PoseFinder, reduce_picture
from ...person.track import MIRRORED
from ..dataset import DataSet
from ..still import take_still
from .people import HEIGHT, landmarks_of

Float = npt.NDArray[np.float32]
Double = npt.NDArray[np.float64]

PICTURES_A_FILE = 50
LONGEST_SIDE = 448
# A sighting so far off, in sizes of the person, is of something else.
LOST = 0.25
NAMES = ("image", "visibility", "world", "true", "focal", "height")


def make_sightings(dataset: DataSet, files: range, events: Events) -> Iterator[Path]:
    """Write what MediaPipe finds in PICTURES_A_FILE pictures of each number that is not there yet.

    Arrays of S sightings: image (S, 33, 2) pixels of a picture one pixel wide and high, visibility (S, 33), world
    (S, 33, 3) as MediaPipe has them; true (S, 33, 3) metres in the camera's axes, focal (S,) in widths, height (S,).
    """
    with PoseFinder() as finder:
        for number in progress(files, events, "sightings"):
            path = dataset.folder / f"sightings_{number:04d}.npz"
            if not path.exists():
                numbers = range(number * PICTURES_A_FILE, (number + 1) * PICTURES_A_FILE)
                rows = [row for row in (_sighting(dataset, one, finder) for one in numbers) if row is not None]
                with atomic_write(path) as stream:
                    np.savez(stream, **{name: np.array([row[name] for row in rows], np.float32) for name in NAMES})
            yield path


def _sighting(dataset: DataSet, number: int, finder: PoseFinder) -> dict[str, npt.ArrayLike] | None:
    rng = dataset.generator(number)
    scene = dataset.scene(number, rng)
    still = take_still(scene, rng)
    people = finder.find(reduce_picture(still.picture, LONGEST_SIDE))
    if not people:
        return None
    camera, pose = scene.view.camera, people[0]
    body = camera.world_to_camera(scene.view.to_world(scene.body))
    return {
        "image": pose.image / min(LONGEST_SIDE, camera.width),
        "visibility": pose.visibility,
        "world": pose.world,
        "true": landmarks_of(body.astype(np.float32)),
        "focal": camera.focal / camera.width,
        "height": scene.height,
    }


@dataclass(frozen=True, eq=False)
class Sightings:
    """S sightings, each twice: as it was and mirrored. From the hips, seen by a camera that looks at them.

    true: (S, 33, 3) metres of somebody HEIGHT tall; guess: the same, as MediaPipe says; tangents: (S, 33, 2) as it
    sees them; size: (S,) of the true ones in the picture; across: (S, 33, 2) how wrong the seen ones are, in sizes;
    visibility: (S, 33).
    """

    true: Float
    guess: Float
    tangents: Float
    size: Float
    across: Float
    visibility: Float

    def __len__(self) -> int:
        return len(self.true)

    @classmethod
    def read(cls, folder: Path) -> "Sightings":
        """Raises RestageError `dataset_empty`."""
        parts = []
        for path in sorted(folder.glob("sightings_*.npz")):
            with np.load(path, allow_pickle=False) as arrays:
                parts.append({name: arrays[name].astype(np.float64) for name in NAMES})
        values = {name: np.concatenate([part[name] for part in parts]) for name in NAMES} if parts else {}
        if not values or not len(values["image"]):
            raise RestageError("dataset_empty", f"{folder} holds no sightings. Make some with `dataset sightings`.")
        seen, true, drawn = _straight(values)
        size = np.sqrt((drawn**2).sum(axis=(1, 2)) / LANDMARKS)
        across = (seen - drawn) / size[:, None, None]
        kept = np.abs(across).mean(axis=(1, 2)) < LOST
        height = (HEIGHT / values["height"])[:, None, None]
        pairs = [
            (part, part[:, MIRRORED] * ([-1.0] + [1.0] * (part.shape[2] - 1)))
            for part in (true[kept] * height[kept], from_hips(values["world"])[kept], seen[kept], across[kept])
        ]
        true, guess, tangents, across = (np.concatenate(pair).astype(np.float32) for pair in pairs)
        visibility = values["visibility"][kept]
        return cls(
            true, guess, tangents, np.tile(size[kept], 2).astype(np.float32), across,
            np.concatenate([visibility, visibility[:, MIRRORED]]).astype(np.float32),
        )  # fmt: skip

    def alike(self, landmarks: Float, among: int, rng: np.random.Generator) -> npt.NDArray[np.intp]:
        """For each of (N, 33, 3) the sighting, of `among` drawn ones, whose person stands most like it: errors depend
        on the pose and on the side from which it is seen."""
        drawn = rng.integers(0, len(self), (len(landmarks), among))
        away = np.abs(self.true[drawn] - landmarks[:, None]).mean(axis=(2, 3))
        return drawn[np.arange(len(landmarks)), away.argmin(axis=1)]


def _straight(values: dict[str, Double]) -> tuple[Double, Double, Double]:
    """Landmarks as a camera sees them that looks at the hips: seen (S, 33, 2), true (S, 33, 3), true as drawn
    (S, 33, 2); each from the hips."""
    seen, true, drawn = [], [], []
    for image, place, focal in zip(values["image"], values["true"], values["focal"], strict=True):
        flat = place[:, :2] / -place[:, 2:] * focal * [1.0, -1.0] + 0.5
        seen.append(look_at_hips(image[None], focal, (1, 1))[0][0])
        straight, turn = look_at_hips(flat[None], focal, (1, 1))
        drawn.append(straight[0])
        true.append(from_hips(place @ turn[0].T))
    return np.stack(seen), np.stack(true), np.stack(drawn)
