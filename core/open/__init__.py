"""The open method: Restage's own network, trained on free data."""

import hashlib
from pathlib import Path

# Made by `train open`; the method needs it.
WEIGHTS = Path(__file__).resolve().parent.parent / "weights" / "open.safetensors"


def weights_fingerprint() -> str:
    """Changes with the weights: frames made by others are made anew."""
    return hashlib.sha256(WEIGHTS.read_bytes()).hexdigest()
