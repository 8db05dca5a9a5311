"""Landmarks lifted into space: how far each is from the camera, learnt from captured motion."""

from pathlib import Path

# Made by `train lifter`.
LIFTER = Path(__file__).resolve().parent.parent / "weights" / "lifter.safetensors"
# Made by `train picture`.
LOOKER = LIFTER.with_name("looker.safetensors")
