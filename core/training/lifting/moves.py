"""Captured motion as turns of the few bones that landmarks follow, clip by clip."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ...errors import RestageError
from ..dataset import calibrated_motions, captured
from ..deepmimic import read_deepmimic
from ..held_out import of_split
from ..retarget import retarget

Float = npt.NDArray[np.float32]

SIDES = ("Left", "Right")
CENTRAL = ("Hips", "Spine", "Spine1", "Spine2", "Neck", "Head")
ARM, LEG = ("Shoulder", "Arm", "ForeArm"), ("UpLeg", "Leg", "Foot")
BONES = (*CENTRAL, *(side + bone for side in SIDES for bone in (*ARM, *LEG)))
INDEX = {name: index for index, name in enumerate(BONES)}
HIPS, CHEST = INDEX["Hips"], INDEX["Spine2"]
# What bends of its own: a trunk's bone, and the limb that hangs on it.
LIMBS = tuple(
    (trunk, tuple(INDEX[side + bone] for bone in bones))
    for side in SIDES
    for trunk, bones in ((CHEST, ARM), (HIPS, LEG))
)
TRUNK = tuple(range(1, len(CENTRAL)))
CENTIMETRES = 10.0
# The file that describes the body and holds no motion.
CHARACTER = "humanoid3d_character"


@dataclass(frozen=True, eq=False)
class Move:
    """F frames at 30 a second: turns (F, len(BONES), 3, 3) from the T-pose in world axes, places (F, 3) of the hips,
    metres."""

    turns: Float
    places: Float

    def __len__(self) -> int:
        return len(self.turns)


def parents() -> tuple[int, ...]:
    """The bone that each of BONES hangs on, -1 for the hips."""
    found = {name: CENTRAL[max(0, place - 1)] for place, name in enumerate(CENTRAL)}
    for side in SIDES:
        for trunk, bones in (("Spine2", ARM), ("Hips", LEG)):
            chain = (trunk, *(side + bone for bone in bones))
            found |= dict(zip(chain[1:], chain[:-1], strict=True))
    return tuple(-1 if name == "Hips" else INDEX[found[name]] for name in BONES)


def load_moves(folder: Path, split: str) -> list[Move]:
    """All clips of a split under a folder: BVH files of known subjects and DeepMimic's. Raises RestageError
    `dataset_empty`, `motion_unreadable`."""
    moves = []
    for path in of_split(calibrated_motions(folder), split):
        motion, calibration = captured(path)
        turns = retarget(motion, calibration)
        places = motion.positions[:, 0]
        # Some files are in centimetres: hips do not hang ten metres high.
        moves.append(_move(turns, places / 100 if places[:, 1].max() > CENTIMETRES else places))
    others = of_split(sorted(folder.glob("**/humanoid3d_*.txt")), split)
    moves += [_move(*read_deepmimic(path)) for path in others if path.stem != CHARACTER]
    if not moves:
        raise RestageError(
            "dataset_empty",
            f"{folder} holds no motion to train with. Give the folder of motions that docs/dataset.md describes.",
        )
    return moves


def _move(turns: dict[str, Float], places: Float) -> Move:
    return Move(np.stack([turns[name] for name in BONES], axis=1).astype(np.float32), places.astype(np.float32))
