"""Reads .npz files that someone else may have written: every array is checked before anything is done with it.

Standard library and numpy only.
"""

import math
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from .errors import RestageError

# Uncompressed; more than the longest clip's files hold. A small compressed file can claim any size.
MOST_BYTES = 4_000_000_000

# What is expected of an array: the kinds of its type (numpy's letters, "f" numbers with a point, "iu" whole ones, "b"
# truth values, "U" text) and its shape, in which a letter stands for the same length in all arrays of the file.
Layout = Mapping[str, tuple[str, str]]

LANDMARKS: Layout = {
    "frames": ("iu", "F"),
    "times": ("f", "F"),
    "image": ("f", "F 33 2"),
    "visibility": ("f", "F 33"),
    "world": ("f", "F 33 3"),
    "held": ("b", "F"),
}
CAMERA: Layout = {"frames": ("iu", "N"), "turns": ("f", "N 3 3")}
CAMERA_WAY: Layout = {**CAMERA, "places": ("f", "N 3")}
BODY: Layout = {
    "frames": ("iu", "F"),
    "shape": ("f", "S"),
    "scale": ("f", ""),
    "rotations": ("f", "F B 3"),
    "translation": ("f", "F 3"),
    "joints": ("f", "F B 3"),
    "landmarks": ("f", "F 33 3"),
    "joint_names": ("U", "B"),
    "focal": ("f", ""),
    "centre": ("f", "2"),
    "image_size": ("iu", "2"),
    "camera_to_world": ("f", "4 4"),
}
# Of poses that the method "pamir" does not know.
MAY_BE_NAN = ("joints", "landmarks")
CLOTHING: Layout = {"thickness": ("f", "V")}
COLOURS: Layout = {"colours": ("f", "V 3"), "known": ("b", "V")}
LIGHT: Layout = {"light": ("f", "V 1")}
GRAIN: Layout = {"grain": ("i", "1024 1024 3")}
RELIEF: Layout = {"relief": ("f", "1024 1024")}
HANDS: Layout = {
    "frames": ("iu", "F"),
    "image": ("f", "F 2 21 2"),
    "world": ("f", "F 2 21 3"),
    "trust": ("f", "F 2"),
}
FACE: Layout = {"frames": ("iu", "F"), "points": ("f", "F 468 3"), "trust": ("f", "F")}
POINTS: Layout = {
    "frames": ("iu", "F"),
    "image": ("f", "F 97 2"),
    "depth": ("f", "F 97"),
    "errors": ("f", "F 97 2"),
}
# How the vertices of the rest pose move.
WAYS: Layout = {"ways": ("f", "V 3")}
# How the heads of the frames move.
HEADS: Layout = {"ways": ("f", "F 3")}
# A bit a pixel of a crop 256 pixels square.
PROPS: Layout = {"frames": ("iu", "P"), "seen": ("iu", "P 8192"), "hidden": ("iu", "P 8192")}
KEYPOINTS: Layout = {"frames": ("iu", "F"), "joints": ("f", "F 25 3")}


def read_arrays(path: Path, layout: Layout, *names: str) -> dict[str, np.ndarray]:
    """The arrays `names` of an .npz file, or all of the layout; numbers are finite but for MAY_BE_NAN.

    Raises RestageError `job_unreadable` when the file is missing, damaged, too large, or an array is not as the
    layout says.
    """
    try:
        arrays = read_npz(path, *(names or layout))
        _check(arrays, layout)
        return arrays
    except ValueError as error:
        raise unreadable(path, str(error)) from error


def unreadable(path: Path, why: str) -> RestageError:
    """The error `job_unreadable` for a file of a job."""
    return RestageError(
        "job_unreadable",
        f"{path} cannot be read: {why}. Run the reconstruction again; it makes damaged files anew.",
    )


def read_npz(path: Path, *names: str) -> dict[str, np.ndarray]:
    """Arrays of an .npz file, all without `names`. Raises ValueError, whatever is wrong with it."""
    try:
        if not path.is_file():
            raise ValueError("there is no such file")
        with zipfile.ZipFile(path) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > MOST_BYTES:
                raise ValueError("it would fill the memory")
        with np.load(path, allow_pickle=False) as values:
            missing = [name for name in names if name not in values.files]
            if missing:
                raise ValueError(f"it holds no {missing[0]}")
            arrays = {name: values[name] for name in names or values.files}
        # An entry that does not begin as an array comes as bytes.
        strange = [name for name, value in arrays.items() if not isinstance(value, np.ndarray)]
        if strange:
            raise ValueError(f"{strange[0]} is no array")
        return arrays
    except ValueError:
        raise
    # numpy and zipfile raise whatever a damaged file leads them to.
    except Exception as error:
        raise ValueError(f"it is damaged ({type(error).__name__})") from error


def read_npy(path: Path) -> np.ndarray:
    """An array of an .npy file. Raises ValueError, whatever is wrong."""
    try:
        if not path.is_file():
            raise ValueError("there is no such file")
        return np.load(path, allow_pickle=False)
    except ValueError:
        raise
    except Exception as error:
        raise ValueError(f"it is damaged ({type(error).__name__})") from error


def _check(arrays: Mapping[str, np.ndarray], layout: Layout) -> None:
    lengths: dict[str, int] = {}
    for name, array in arrays.items():
        kinds, shape = layout[name]
        if array.dtype.kind not in kinds:
            raise ValueError(f"{name} is no array of the right type")
        wanted = shape.split()
        for letter, length in zip(wanted, array.shape, strict=False):
            if letter.isalpha():
                lengths.setdefault(letter, length)
        if array.shape != tuple(int(part) if part.isdigit() else lengths[part] for part in wanted[: array.ndim]) or (
            array.ndim != len(wanted)
        ):
            raise ValueError(f"{name} has the shape {array.shape} instead of ({', '.join(wanted)})")
        if array.dtype.kind == "f" and name not in MAY_BE_NAN and not np.isfinite(array).all():
            raise ValueError(f"{name} holds something that is no number")


def finite(value: object) -> float:
    """A JSON value as a number. Raises ValueError or TypeError when it is none, or not finite."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"{str(value)[:40]!r} is no number")
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{number} is no number")
    return number
