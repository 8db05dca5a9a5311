"""SMPL (Loper et al., SIGGRAPH Asia 2015) with the inner vertices that make it a tetrahedral body.

The user brings the model; its licence and that of the package smplx, which poses it, allow non-commercial use only.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..arrays import read_npy, read_npz
from ..errors import RestageError
from .smpl_model import JOINTS, POSES, SHAPES, read_model, unfit

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from ..pamir.weights import PamirFiles

# Of SMPL's joints followed by the extra ones: the keypoints that PaMIR compares (pamir.md 5).
KEYPOINTS = (8, 5, 29, 30, 4, 7, 21, 19, 17, 16, 18, 20, 31, 32, 33, 34, 35, 36, 37, 24, 26, 25, 28, 27)


@dataclass
class SmplBody:
    """V vertices, of which the first S are the surface; F triangles, T tetrahedra. Tensors on one device.

    template (V, 3), shapes (V, 3, 10), poses (207, V * 3), regressor (24, V), weights (V, 24), parents (24,): the
    model; extra (14, S): regressor of the extra joints; faces (F, 3), tetrahedra (T, 4): vertex indices; codes (S, 3):
    rest vertices scaled to 0-1 on each axis, what voxels are coded with.
    """

    template: "Tensor"
    shapes: "Tensor"
    poses: "Tensor"
    regressor: "Tensor"
    weights: "Tensor"
    parents: "Tensor"
    extra: "Tensor"
    faces: "Tensor"
    tetrahedra: "Tensor"
    codes: "Tensor"

    @classmethod
    def load(cls, files: "PamirFiles") -> "SmplBody":
        """Read the model, the tetrahedral files and the extra joints (PamirFiles.found).

        Raises RestageError `body_wrong` when they do not belong together, `pickle_unsafe`, `pickle_unreadable`, and
        `smplx_missing` without the package smplx.
        """
        import torch

        _require_smplx()
        found = files.found
        model = read_model(found["SMPL"])
        added = _added_arrays(found["tetra_smpl.npz"])
        surface = len(model["v_template"])
        template = np.concatenate([model["v_template"], added["v_template"]])
        regressor = np.concatenate([model["J_regressor"], np.zeros((JOINTS, len(added["v_template"])))], axis=1)
        poses = np.concatenate([model["posedirs"], added["posedirs"]])
        rest = _read_table(found["vertices.txt"], 3)
        arrays: dict[str, npt.NDArray[Any]] = {
            "template": template,
            "shapes": np.concatenate([model["shapedirs"], added["shapedirs"][..., :SHAPES]]),
            "poses": poses.reshape(-1, POSES).T,
            "regressor": regressor,
            "weights": np.concatenate([model["weights"], added["weights"]]),
            "extra": _extra_joints(found["J_regressor_extra.npy"]),
            "codes": (rest - rest.min(axis=0)) / np.ptp(rest, axis=0),
        }
        # The files count from 1.
        index = {
            "parents": model["parents"],
            "faces": _read_table(found["faces.txt"], 3) - 1,
            "tetrahedra": _read_table(found["tetrahedrons.txt"], 4) - 1,
        }
        _check(found, surface, len(template), arrays, index)
        return cls(
            **{name: torch.from_numpy(np.ascontiguousarray(value, np.float32)) for name, value in arrays.items()},
            **{name: torch.from_numpy(np.ascontiguousarray(value, np.int64)) for name, value in index.items()},
        )

    @classmethod
    def surface(cls, path: Path) -> "SmplBody":
        """The model alone, without inner vertices, tetrahedra and extra joints.

        Raises RestageError `body_wrong`, `pickle_unsafe`, `pickle_unreadable`, and `smplx_missing`.
        """
        import torch

        _require_smplx()
        model = read_model(path)
        if "f" not in model:
            raise unfit(path, "it has no triangles f")
        rest = model["v_template"]
        arrays = {
            "template": rest,
            "shapes": model["shapedirs"],
            "poses": model["posedirs"].reshape(-1, POSES).T,
            "regressor": model["J_regressor"],
            "weights": model["weights"],
            "extra": np.zeros((0, len(rest))),
            "codes": (rest - rest.min(axis=0)) / np.ptp(rest, axis=0),
        }
        index = {"parents": model["parents"], "faces": model["f"], "tetrahedra": np.zeros((0, 4))}
        return cls(
            **{name: torch.from_numpy(np.ascontiguousarray(value, np.float32)) for name, value in arrays.items()},
            **{name: torch.from_numpy(np.ascontiguousarray(value, np.int64)) for name, value in index.items()},
        )

    @property
    def surface_count(self) -> int:
        """S, the number of surface vertices."""
        return len(self.codes)

    def to(self, device: "torch.device") -> "SmplBody":
        """The same body on another device."""
        return SmplBody(**{name: value.to(device) for name, value in vars(self).items()})

    def pose(self, rotations: "Tensor", betas: "Tensor") -> tuple["Tensor", "Tensor"]:
        """Vertices (B, V, 3) and joints (B, 24, 3), SMPL's metres, of a pose and a shape.

        rotations: (B, 24, 3, 3), or axis-angle (B, 72); betas: (B, 10). Differentiable in both.
        """
        from smplx import lbs

        # Through Any, since the package calls another type by torch's name.
        blend: Any = lbs.lbs
        return blend(
            betas,
            rotations,
            self.template,
            self.shapes,
            self.poses,
            self.regressor,
            self.parents,
            self.weights,
            pose2rot=rotations.ndim == 2,
        )

    def keypoints(self, vertices: "Tensor", joints: "Tensor") -> "Tensor":
        """(B, 24, 3) PaMIR's keypoints from vertices (B, V, 3) and joints (B, 24, 3) of `pose`, in their space."""
        import torch

        extra = self.extra @ vertices[:, : self.surface_count]
        return torch.cat([joints, extra], dim=1)[:, list(KEYPOINTS)]

    def normalised_template(self) -> "Tensor":
        """(S, 3) rest vertices as GraphCMR takes them: centred, the largest coordinate 1."""
        surface = self.template[: self.surface_count]
        centred = surface - (surface.amax(dim=0) + surface.amin(dim=0)) / 2
        return centred / centred.abs().max()


def _added_arrays(path: Path) -> dict[str, npt.NDArray[Any]]:
    """What tetra_smpl.npz adds for the inner vertices; raises RestageError `body_wrong`."""
    names = ("v_template", "shapedirs", "posedirs", "weights")
    try:
        values = read_npz(path, *(f"{name}_added" for name in names))
    except ValueError as error:
        raise unfit(path, str(error)) from error
    return {name: values[f"{name}_added"] for name in names}


def _extra_joints(path: Path) -> npt.NDArray[Any]:
    try:
        return read_npy(path)
    except ValueError as error:
        raise unfit(path, str(error)) from error


def _require_smplx() -> None:
    import importlib.util

    if importlib.util.find_spec("smplx") is None:
        raise RestageError(
            "smplx_missing",
            "The package smplx is not installed; PaMIR needs it, and its licence allows non-commercial use only. Run"
            " `python3 core/engine.py setup worker pamir`, or press Add PaMIR to Engine in Blender.",
        )


def _read_table(path: Path, columns: int) -> npt.NDArray[np.float64]:
    """Rows of numbers from a text file; raises RestageError `body_wrong`."""
    try:
        table = np.loadtxt(path, ndmin=2)
    except (ValueError, UnicodeDecodeError) as error:
        raise unfit(path, f"it is no table of numbers ({error})") from error
    if table.shape[1] != columns or not len(table):
        raise unfit(path, f"its rows have {table.shape[1]} numbers and not {columns}")
    return table


def _check(
    found: dict[str, Path],
    surface: int,
    count: int,
    arrays: dict[str, npt.NDArray[Any]],
    index: dict[str, npt.NDArray[Any]],
) -> None:
    """Raise RestageError `body_wrong` unless all files speak of the same vertices."""
    shapes = {
        "tetra_smpl.npz": (arrays["shapes"].shape, (count, 3, SHAPES)),
        "SMPL": (arrays["regressor"].shape, (JOINTS, count)),
        "vertices.txt": (arrays["codes"].shape, (surface, 3)),
        "J_regressor_extra.npy": (arrays["extra"].shape[1:], (surface,)),
    }
    for kind, (shape, wanted) in shapes.items():
        if shape != wanted:
            raise unfit(found[kind], f"it has the shape {shape} where the body needs {wanted}")
    for kind, name, limit in (("faces.txt", "faces", surface), ("tetrahedrons.txt", "tetrahedra", count)):
        if index[name].min() < 0 or index[name].max() >= limit:
            raise unfit(found[kind], f"it names vertex {int(index[name].max()) + 1} of {limit}")
