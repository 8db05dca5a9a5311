"""Makes the data set: who is posed how before which camera is decided by the seed and the sample's number alone."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..errors import RestageError
from ..events import Events, progress
from ..job import atomic_write, file_hash
from ..parallel import raised, work_through
from .avatar import Avatar, person_of
from .binding import BoundBody
from .held_out import of_split
from .knees import with_knees_forwards
from .motion import Motion
from .retarget import Calibration, retarget
from .sample import make_sample
from .scene import Scene, make_scene
from .variation import mixed, vary

Float = npt.NDArray[np.float32]

# Every fifth person, by name, is never trained with.
HELD_OUT_EVERY = 5
SPLITS = ("train", "held_out")
# Clips in which a subject mostly walks: how its bones lie when upright is measured in them.
CALIBRATION = {
    "001": ("001_01", "001_08", "001_14"), "002": ("002_01", "002_02"), "003": ("003_01", "003_02"),
    "005": ("005_01",), "006": ("006_01",), "007": ("007_01", "007_02"),
}  # fmt: skip
# Frames of a motion that are kept, evenly spread: neighbours look alike.
FRAMES_KEPT = 60


@dataclass(frozen=True)
class DataSet:
    """The avatars and motions that samples are drawn from, the folder that they are written to, and whether people are
    varied beyond the avatars: for training, not for measuring."""

    avatars: tuple[Path, ...]
    motions: tuple[Path, ...]
    folder: Path
    seed: int = 0
    varied: bool = False

    @classmethod
    def open(cls, avatars: Path, motions: Path, folder: Path, split: str, seed: int = 0) -> "DataSet":
        """Everything of one split; raises RestageError `dataset_empty`.

        An avatar that somebody held out has, too, under another name, is not trained with.
        """
        everybody, held_out = sorted(avatars.glob("*.npz")), held_out_people(avatars)
        unseen = [path for path in everybody if person_of(path.stem) in held_out]
        copies = {file_hash(path) for path in unseen}
        known = [path for path in everybody if path not in unseen and file_hash(path) not in copies]
        chosen = unseen if split == "held_out" else known
        clips = of_split(calibrated_motions(motions), split)
        if not chosen or not clips:
            raise RestageError(
                "dataset_empty",
                f"{avatars} or {motions} holds nothing to train with. Give the folders of avatars (*.npz) and of"
                " motions (*.bvh) that docs/dataset.md describes.",
            )
        return cls(tuple(chosen), tuple(clips), folder, seed, varied=split == "train")

    def path(self, number: int) -> Path:
        return self.folder / f"{number:06d}.npz"

    def generator(self, number: int) -> np.random.Generator:
        """The random numbers of a sample."""
        return np.random.default_rng([self.seed, number])

    def scene(self, number: int, rng: np.random.Generator | None = None) -> Scene:
        """The scene of a sample: always the same one."""
        rng = rng or self.generator(number)
        path = self.avatars[int(rng.integers(len(self.avatars)))]
        turns = self._frame(rng)
        avatar = _avatar(path)
        bound = BoundBody.load(avatar, self.folder.parent / "bodies")
        if self.varied:
            avatar, bound = vary(avatar, bound, rng)
            turns = mixed(turns, self._frame(rng), rng)
        return make_scene(avatar, bound, turns, rng)

    def _frame(self, rng: np.random.Generator) -> dict[str, Float]:
        """The turns (3, 3) by bone of any frame of any motion."""
        poses = _poses(self.motions[int(rng.integers(len(self.motions)))])
        frame = int(rng.integers(len(next(iter(poses.values())))))
        return {name: turns[frame] for name, turns in poses.items()}

    def make(self, numbers: range, events: Events, workers: int = 1) -> Iterator[Path]:
        """Write the samples that are not there yet, `workers` at a time; gives all as they are done."""
        missing = [number for number in numbers if not self.path(number).exists()]
        yield from (self.path(number) for number in sorted({*numbers} - {*missing}))
        made = raised(work_through(partial(SampleWork, self), missing, workers))
        for _, path in progress(made, events, "samples", len(numbers), len(numbers) - len(missing)):
            yield path


def held_out_people(avatars: Path) -> set[str]:
    """Who of a folder of avatars is never trained with."""
    return set(sorted({person_of(path.stem) for path in avatars.glob("*.npz")})[::HELD_OUT_EVERY])


class SampleWork:
    """Makes samples of a data set, in a process of its own where there are several."""

    def __init__(self, dataset: DataSet) -> None:
        self._dataset = dataset

    def __call__(self, number: int) -> Path:
        """The file of a sample, which is written."""
        dataset, path = self._dataset, self._dataset.path(number)
        rng = dataset.generator(number)
        values = make_sample(dataset.scene(number, rng), rng)
        with atomic_write(path) as stream:
            np.savez(stream, **values)
        return path


@lru_cache(maxsize=8)
def _avatar(path: Path) -> Avatar:
    return Avatar.load(path)


@lru_cache(maxsize=200)
def _poses(path: Path) -> dict[str, Float]:
    """Turns (F, 3, 3) by bone of the frames that are kept of a motion."""
    motion, calibration = captured(path)
    kept = np.linspace(0, len(motion.rotations) - 1, min(FRAMES_KEPT, len(motion.rotations))).astype(int)
    part = Motion(motion.name, motion.bone_names, motion.rotations[kept], motion.positions[kept])
    return retarget(part, calibration)


def captured(path: Path) -> tuple[Motion, Calibration]:
    """The motion of a known subject, knees mended, and how this subject's bones lie. Raises RestageError
    `motion_unreadable`."""
    calibration = calibration_of(path.parent, path.stem[:3])
    return with_knees_forwards(Motion.load(path), calibration), calibration


def calibrated_motions(folder: Path) -> list[Path]:
    """The BVH files under a folder, sorted, of the subjects that are known."""
    return [path for path in sorted(folder.glob("**/*.bvh")) if path.stem[:3] in CALIBRATION]


@lru_cache(maxsize=20)
def calibration_of(folder: Path, subject: str) -> Calibration:
    return Calibration.of([Motion.load(folder / f"{name}.bvh") for name in CALIBRATION[subject]])
