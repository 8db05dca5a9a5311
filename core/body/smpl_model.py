"""The file of an SMPL model: what it holds, and that it is one."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..arrays import read_npz
from ..errors import RestageError

JOINTS, SHAPES, POSES = 24, 10, 207


def read_model(path: Path) -> dict[str, npt.NDArray[Any]]:
    """SMPL's arrays from its pickle or an `.npz` of the same names: v_template (S, 3), shapedirs (S, 3, 10), posedirs
    (S, 3, 207), J_regressor (24, S), weights (S, 24), parents (24,), -1 for the root, and where
    the file has them its triangles f (F, 3).

    Raises RestageError `body_wrong`, `pickle_unsafe`, `pickle_unreadable`.
    """
    from ..pamir.weights import body_kind
    from ..safe_pickle import load_pickle

    try:
        model = read_npz(path) if path.suffix.lower() == ".npz" else load_pickle(path)
    except ValueError as error:
        raise unfit(path, str(error)) from error
    kind = body_kind(model) if isinstance(model, dict) else ""
    lacking = {"posedirs", "J_regressor", "kintree_table"} - set(model if isinstance(model, dict) else ())
    if kind != "SMPL" or lacking:
        reason = f"it has no {', '.join(sorted(lacking))}" if kind == "SMPL" else kind or "it is no body model"
        raise unfit(path, reason)
    try:
        return _model_arrays(model)
    # Whatever is in the place of an array.
    except (ValueError, TypeError, IndexError) as error:
        raise unfit(path, str(error)) from error


def _model_arrays(model: dict[str, Any]) -> dict[str, npt.NDArray[Any]]:
    """Raises ValueError where the arrays are not those of one body."""
    regressor = model["J_regressor"]
    parents = np.asarray(model["kintree_table"])[0].astype(np.int64)
    parents[0] = -1
    arrays: dict[str, npt.NDArray[Any]] = {
        "v_template": np.asarray(model["v_template"], np.float64),
        # Later editions hold 300 components, of which the first ten are these.
        "shapedirs": np.asarray(model["shapedirs"], np.float64)[..., :SHAPES],
        "posedirs": np.asarray(model["posedirs"], np.float64),
        "J_regressor": np.asarray(regressor.toarray() if hasattr(regressor, "toarray") else regressor, np.float64),
        "weights": np.asarray(model["weights"], np.float64),
        "parents": parents,
    }
    count = len(arrays["v_template"])
    shapes = ((count, 3), (count, 3, SHAPES), (count, 3, POSES), (JOINTS, count), (count, JOINTS), (JOINTS,))
    for (name, array), shape in zip(arrays.items(), shapes, strict=True):
        if array.shape != shape or not np.isfinite(array).all():
            raise ValueError(f"{name} is not {shape} numbers")
    return arrays | ({"f": np.asarray(model["f"], np.int64)} if "f" in model else {})


def unfit(path: Path, reason: str) -> RestageError:
    """The error `body_wrong` for a file."""
    return RestageError(
        "body_wrong",
        f"{path} does not fit PaMIR's body: {reason}. Use the neutral SMPL model with PaMIR's own data files.",
    )
