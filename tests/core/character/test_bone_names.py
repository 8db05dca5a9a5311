"""Every bone of the body has one name in each rig, and is found again by any of them."""

import pytest

from core.body.model import BodyModel
from core.character.bone_names import BONE_NAMES, NAMES, body_name, bone_name

BODY = list(BodyModel.load().bone_names)


@pytest.mark.parametrize("names", BONE_NAMES)
def test_names_are_of_bones_that_the_body_has_and_differ(names: str) -> None:
    assert set(NAMES[names]) <= set(BODY)
    assert len({bone_name(name, names) for name in BODY}) == len(BODY)


@pytest.mark.parametrize("names", BONE_NAMES)
def test_a_bone_is_found_again_by_its_name(names: str) -> None:
    assert [body_name(bone_name(name, names)) for name in BODY] == BODY
    assert body_name("my own bone") == "my own bone"


@pytest.mark.parametrize("names", ["rigify", "mixamo"])
def test_left_is_left(names: str) -> None:
    for name in (name for name in NAMES[names] if name.endswith((".L", ".R"))):
        theirs = bone_name(name, names)
        assert (".L" in theirs or "Left" in theirs) == name.endswith(".L")
