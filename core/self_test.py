"""The engine tries itself: one picture of a person through every stage, as small as it goes."""

import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from .errors import RestageError
from .events import Events

SAMPLE = Path(__file__).with_name("self_test.mp4")
PACKAGES = ("torch", "mediapipe", "numpy", "opencv-contrib-python", "av")
# A grown person, between the knees' height of a child and more than anybody's: the sample shows one standing.
HEIGHTS = (1.0, 2.5)


def self_test(events: Events) -> dict[str, Any]:
    """Reconstruct the sample and return {device, device_name, seconds, versions: {package: version}}.

    The stages' own events pass through. Raises RestageError `self_test_failed` when the result is no person, and
    whatever the stages raise.
    """
    from .device import choose_device
    from .pipeline import reconstruct
    from .ply import read_ply
    from .settings import Settings

    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="restage-") as folder:
        job = reconstruct(SAMPLE, Path(folder), Settings(preset="draft", character=False), events)
        vertices, faces, colours = read_ply(job.mesh_path(0))
    height = float(np.ptp(vertices[:, 1]))
    if not HEIGHTS[0] < height < HEIGHTS[1] or len(faces) < 1000 or float(colours.std()) < 1.0:
        raise RestageError(
            "self_test_failed",
            f"The engine's test gave no person ({height:.2f} m high, {len(faces)} triangles). Choose Verify, then Set"
            " Up again.",
        )
    device = choose_device("auto")
    return {
        "device": device.type,
        "device_name": device_name(device.type),
        "seconds": round(time.monotonic() - began, 1),
        "versions": {name: version(name) for name in PACKAGES},
    }


def device_name(kind: str) -> str:
    """What a person calls the device that networks run on."""
    import torch

    if kind == "cuda":
        return torch.cuda.get_device_name(0)
    return "Apple graphics (Metal)" if kind == "mps" else "Processor"
