"""Runs these tests in a Blender instead of the package bpy, whose Python must have pytest, scipy, OpenCV and Pillow:

    BLENDER_USER_RESOURCES=$(mktemp -d) blender -b --python tests/blender/in_blender.py -- [options of pytest]

Tests that start Python with bpy beside them, and those of formats that this Blender was built without, fail then.
"""

import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

os.chdir(ROOT)
sys.path.insert(0, str(ROOT))
arguments = sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else []
pytest.main(["tests/blender", "-p", "no:cacheprovider", *arguments])
