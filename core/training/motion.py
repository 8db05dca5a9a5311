"""Motion capture clips: BVH files, as world rotations and positions of their bones."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..errors import RestageError

Float = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Motion:
    """F frames of B bones: rotations (F, B, 3, 3) and positions (F, B, 3) in the clip's world, +Y up."""

    name: str
    bone_names: tuple[str, ...]
    rotations: Float
    positions: Float

    @classmethod
    def load(cls, path: Path) -> "Motion":
        """Read a BVH file. Raises RestageError `motion_unreadable`."""
        try:
            names, parents, offsets, channels, values = _parse(path.read_text(encoding="utf-8"))
            rotations, positions = _world(parents, offsets, channels, values)
        except (OSError, ValueError, IndexError, StopIteration) as error:
            raise RestageError(
                "motion_unreadable",
                f"{path} is not a BVH motion ({type(error).__name__}: {error}). Remove it from the folder that"
                " --motions names, or replace it.",
            ) from error
        return cls(path.stem, names, rotations, positions)

    def rotation(self, bone: str) -> Float:
        """(F, 3, 3) world rotation of a bone."""
        return self.rotations[:, self.bone_names.index(bone)]

    def position(self, bone: str) -> Float:
        """(F, 3) world position of a bone's head."""
        return self.positions[:, self.bone_names.index(bone)]


def _parse(text: str) -> tuple[tuple[str, ...], list[int], list[np.ndarray], list[list[str]], np.ndarray]:
    """Names, parents, offsets, channels of the bones, and the values of all frames (F, channels)."""
    hierarchy, _, motion = text.partition("MOTION")
    names: list[str] = []
    parents: list[int] = []
    offsets: list[np.ndarray] = []
    channels: list[list[str]] = []
    # -1 stands for an end site, which is no bone.
    stack: list[int] = []
    opened = -1
    for line in hierarchy.splitlines():
        words = line.split()
        if not words:
            continue
        if words[0] in ("ROOT", "JOINT"):
            parents.append(stack[-1] if stack else -1)
            names.append(words[1])
            channels.append([])
            opened = len(names) - 1
        elif words[0] == "End":
            opened = -1
        elif words[0] == "{":
            stack.append(opened)
        elif words[0] == "}":
            stack.pop()
        elif words[0] == "OFFSET" and stack[-1] >= 0:
            offsets.append(np.array([float(word) for word in words[1:4]]))
        elif words[0] == "CHANNELS":
            channels[stack[-1]] = words[2:]
    width = sum(map(len, channels))
    lines = motion.split("\n")
    first = next(i for i, line in enumerate(lines) if line.startswith("Frame Time")) + 1
    values = np.array(" ".join(lines[first:]).split(), dtype=np.float64).reshape(-1, width)
    if not len(names) or not len(values):
        raise ValueError("it has no bones or no frames")
    return tuple(names), parents, offsets, channels, values


def _world(
    parents: list[int], offsets: list[np.ndarray], channels: list[list[str]], values: np.ndarray
) -> tuple[Float, Float]:
    """World rotations (F, B, 3, 3) and positions (F, B, 3); raises ValueError and IndexError."""
    rotations = np.empty((len(values), len(parents), 3, 3), np.float32)
    positions = np.empty((len(values), len(parents), 3), np.float32)
    column = 0
    for bone, parent in enumerate(parents):
        local = np.broadcast_to(np.eye(3), (len(values), 3, 3))
        place = np.broadcast_to(offsets[bone], (len(values), 3)).copy()
        for channel in channels[bone]:
            axis = "XYZ".index(channel[0])
            if channel.endswith("position"):
                place[:, axis] = values[:, column]
            else:
                local = local @ _turn(axis, np.radians(values[:, column]))
            column += 1
        if parent < 0:
            rotations[:, bone], positions[:, bone] = local, place
        else:
            rotations[:, bone] = rotations[:, parent] @ local
            positions[:, bone] = positions[:, parent] + np.einsum("fij,fj->fi", rotations[:, parent], place)
    return rotations, positions


def _turn(axis: int, angles: np.ndarray) -> np.ndarray:
    """(F,) radians about the axis 0, 1 or 2 -> (F, 3, 3)."""
    cosine, sine = np.cos(angles), np.sin(angles)
    turn = np.zeros((len(angles), 3, 3))
    after, last = (axis + 1) % 3, (axis + 2) % 3
    turn[:, axis, axis] = 1.0
    turn[:, after, after] = turn[:, last, last] = cosine
    turn[:, last, after], turn[:, after, last] = sine, -sine
    return turn
