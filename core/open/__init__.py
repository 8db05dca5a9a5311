"""The open method: Restage's own network, trained on free data."""

from pathlib import Path

# Made by `train open`; the method needs it.
WEIGHTS = Path(__file__).resolve().parent.parent / "weights" / "open.safetensors"
