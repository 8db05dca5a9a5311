"""Set Up Engine: when it may be pressed, and what it says when it may not."""

import bpy
import pytest


def test_without_online_access_it_says_how_to_allow_it() -> None:
    assert not bpy.app.online_access
    with pytest.raises(RuntimeError, match=r"Allow Online Access in Preferences|without --offline-mode"):
        bpy.ops.restage.setup_engine()
