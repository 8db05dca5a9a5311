"""The one animation of a glTF file: nodes that move, with keys at the clip's own times."""

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from .gltf_buffer import GltfBuffer

if TYPE_CHECKING:
    from scipy.spatial.transform import Rotation

Float = npt.NDArray[np.float32]


class GltfAnimation:
    """Collects what moves. times: (F,) seconds of the keys, of everything."""

    def __init__(self, buffer: GltfBuffer, times: Float) -> None:
        self._buffer, self._times = buffer, times
        self._input: int | None = None
        self._samplers: list[dict[str, Any]] = []
        self._channels: list[dict[str, Any]] = []

    def add(self, node: int, path: Literal["translation", "rotation", "weights"], values: Float) -> None:
        """Move a node. values: (F, 3) translations, (F, 4) quaternions, or weights one frame after the other."""
        if self._input is None:
            self._input = self._buffer.add_array(self._times, bounds=True)
        self._channels.append({"sampler": len(self._samplers), "target": {"node": node, "path": path}})
        output = self._buffer.add_array(values)
        self._samplers.append({"input": self._input, "output": output, "interpolation": "LINEAR"})

    def document(self) -> dict[str, Any]:
        """Its part of the file, empty where nothing moves."""
        if not self._channels:
            return {}
        return {"animations": [{"name": "Clip", "samplers": self._samplers, "channels": self._channels}]}


def quaternions(turns: "Rotation") -> Float:
    """F rotations -> (F, 4) x, y, z, w, of the sign that is nearer to the frame before, so that in-betweens go the
    short way."""
    values = turns.as_quat()
    flips = np.cumprod(np.where((values[1:] * values[:-1]).sum(axis=1) < 0, -1.0, 1.0))
    values[1:] *= flips[:, None]
    return values.astype(np.float32)
