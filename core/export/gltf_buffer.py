"""The parts of a binary glTF 2.0 file: one buffer, the views and accessors that name what is in it, and the container
(Khronos glTF 2.0 specification, sections 3.6 and 4.4)."""

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..job import atomic_write

COMPONENTS = {"<u1": 5121, "<u2": 5123, "<u4": 5125, "<f4": 5126}
TYPES = {1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4", 16: "MAT4"}
ARRAY, ELEMENTS = 34962, 34963
MAGIC, VERSION, JSON_CHUNK, BINARY_CHUNK = 0x46546C67, 2, 0x4E4F534A, 0x004E4942


class GltfBuffer:
    """Collects arrays and pictures; each `add` returns the index by which the rest of the file names it."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._length = 0
        self.views: list[dict[str, Any]] = []
        self.accessors: list[dict[str, Any]] = []

    def add_array(self, values: npt.NDArray, target: int | None = None, bounds: bool = False) -> int:
        """An accessor of values (N,) or (N, C), as uint8, uint16, uint32 or float32; `bounds` writes its smallest and
        largest values, which positions and times must have."""
        data = np.ascontiguousarray(values)
        data = data.astype(data.dtype.newbyteorder("<"), copy=False)
        accessor: dict[str, Any] = {
            "bufferView": self.add_bytes(data.tobytes(), target),
            "componentType": COMPONENTS["<" + data.dtype.str[1:]],
            "count": len(data),
            "type": TYPES[1 if data.ndim == 1 else data.shape[1]],
        }
        if bounds:
            flat = data.reshape(len(data), -1)
            accessor |= {"min": flat.min(axis=0).tolist(), "max": flat.max(axis=0).tolist()}
        self.accessors.append(accessor)
        return len(self.accessors) - 1

    def add_bytes(self, content: bytes, target: int | None = None) -> int:
        """A view of bytes, a picture's file for example."""
        view: dict[str, Any] = {"buffer": 0, "byteOffset": self._length, "byteLength": len(content)}
        self.views.append(view | ({"target": target} if target else {}))
        self._parts += [content, b"\0" * (-len(content) % 4)]
        self._length += len(content) + len(self._parts[-1])
        return len(self.views) - 1

    def write(self, path: Path, document: dict[str, Any]) -> None:
        """Write the .glb atomically: `document` with this buffer, its views and accessors."""
        whole = document | {
            "asset": {"version": "2.0", "generator": "Restage"},
            "buffers": [{"byteLength": self._length}],
            "bufferViews": self.views,
            "accessors": self.accessors,
        }
        text = json.dumps(whole, separators=(",", ":")).encode("utf-8")
        text += b" " * (-len(text) % 4)
        with atomic_write(path) as stream:
            stream.write(struct.pack("<3I", MAGIC, VERSION, 12 + 8 + len(text) + 8 + self._length))
            stream.write(struct.pack("<2I", len(text), JSON_CHUNK) + text)
            stream.write(struct.pack("<2I", self._length, BINARY_CHUNK))
            for part in self._parts:
                stream.write(part)
