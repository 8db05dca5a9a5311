"""A posed SMPL body in PaMIR's canonical volume, as numbers, and the files that hold them."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..arrays import read_npz
from ..errors import RestageError
from ..job_check import read_json

if TYPE_CHECKING:
    from torch import Tensor

Array = npt.NDArray[np.float32]

MARK, ENDINGS = "_smplparams", (".npz", ".json", ".pkl")
# GraphCMR's scale to canonical units: half a picture of 512 pixels, 10 units away, seen by a lens of 5000.
CAMERA_SCALE = 256 * 10 / 5000
# GraphCMR's bodies are y-down.
FLIP = np.array([1.0, -1.0, -1.0], np.float32)


@dataclass(frozen=True)
class BodyParameters:
    """Canonical vertices = scale * SMPL(rotations, betas) + translation.

    rotations: (24, 3, 3); betas: (10,); scale, translation: (3,); all float32. The scale is (k, -k, -k) for bodies of
    GraphCMR, which are y-down, and (k, k, k) for y-up bodies.
    """

    rotations: Array
    betas: Array
    scale: Array
    translation: Array

    @classmethod
    def from_camera(cls, rotations: "Tensor", betas: "Tensor", camera: "Tensor") -> "BodyParameters":
        """From GraphCMR's estimate of one picture: (1, 24, 3, 3), (1, 10) and (1, 3), s, x, y."""
        size, x, y = camera[0].float().cpu().numpy()
        scale = np.float32(CAMERA_SCALE * size)
        return cls(
            rotations[0].float().cpu().numpy().copy(),
            betas[0].float().cpu().numpy().copy(),
            scale * FLIP,
            np.array([scale * x, -scale * y, 0.0], np.float32),
        )

    @property
    def axis_angles(self) -> Array:
        """(24, 3) the rotations as axis times angle."""
        from scipy.spatial.transform import Rotation

        return Rotation.from_matrix(self.rotations.astype(np.float64)).as_rotvec().astype(np.float32)

    def to_pamir(self, start: "BodyParameters") -> dict[str, Array]:
        """PaMIR's own names and shapes; `start` is the body before it was fitted."""
        return {
            "betas": self.betas,
            "body_pose": self.axis_angles.reshape(-1),
            "init_betas": start.betas,
            "init_body_pose": start.rotations,
            "body_scale": self.scale,
            "global_body_translation": self.translation,
        }


def read_parameters(path: Path) -> BodyParameters:
    """A body of a file with PaMIR's names `betas`, `body_pose`, `body_scale`, `global_body_translation`.

    `.npz`, `.json`, or PaMIR's pickle, read safely. The pose may be axis-angle (72) or matrices (24, 3, 3), the scale
    one positive number (y-up bodies) or three. Raises RestageError `parameters_unreadable`, `pickle_unsafe`.
    """
    try:
        values = _read(path)
        pose = _numbers(values, "body_pose")
        scale = _numbers(values, "body_scale")
        if scale.size not in (1, 3) or pose.size not in (72, 216):
            raise ValueError(f"body_pose has {pose.size} numbers and body_scale {scale.size}")
        return BodyParameters(
            _rotations(pose),
            _numbers(values, "betas")[:10].reshape(10).copy(),
            np.broadcast_to(scale, 3).copy(),
            _numbers(values, "global_body_translation").reshape(3).copy(),
        )
    except (ValueError, KeyError, TypeError, OSError, OverflowError) as error:
        raise RestageError(
            "parameters_unreadable",
            f"{path} holds no body ({type(error).__name__}: {error}). It needs betas, body_pose, body_scale and"
            " global_body_translation, as PaMIR writes them.",
        ) from error


def _read(path: Path) -> dict[str, Any]:
    from ..safe_pickle import load_pickle

    if path.suffix.lower() == ".json":
        return dict(read_json(path))
    if path.suffix.lower() == ".npz":
        return read_npz(path)
    return dict(load_pickle(path))


def _numbers(values: dict[str, Any], name: str) -> Array:
    """One entry, flat; raises KeyError, TypeError and ValueError."""
    array = np.asarray(values[name], np.float32).reshape(-1)
    if not np.isfinite(array).all():
        raise ValueError(f"{name} is not finite")
    return array


def _rotations(pose: Array) -> Array:
    return pose.reshape(24, 3, 3).copy() if pose.size == 216 else rotation_matrices(pose)


def rotation_matrices(axis_angles: Array) -> Array:
    """(24, 3, 3) float32 from 24 x 3 numbers, axis times angle."""
    from scipy.spatial.transform import Rotation

    return Rotation.from_rotvec(axis_angles.reshape(24, 3).astype(np.float64)).as_matrix().astype(np.float32)
