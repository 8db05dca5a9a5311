"""Names of the character's bones that retargeting tools know: those of Rigify's human meta-rig, or Mixamo's.

The body's skeleton is MakeHuman's, with more bones than either: two for an upper arm, five for the spine. The first of
each gets the other rig's name; the second, in Rigify, that of its deform bone for the same limb. The others keep their
own. docs/sequences.md has the table.

Standard library only: Blender reads the names through this module.
"""

from typing import Literal, get_args

BoneNames = Literal["rigify", "mixamo", "makehuman"]
BONE_NAMES: tuple[BoneNames, ...] = get_args(BoneNames)
DEFAULT: BoneNames = "rigify"

# A namespace of the FBX files that Mixamo writes; tools look for names with it, or take it away by themselves.
MIXAMO = "mixamorig:"

RIGIFY_CENTRAL = {
    "root": "spine",
    "spine05": "spine.001",
    "spine03": "spine.002",
    "spine01": "spine.003",
    "neck01": "spine.004",
    "neck03": "spine.005",
    "head": "spine.006",
}
# One side's; {} stands for .L or .R.
RIGIFY_SIDES = (
    {
        "pelvis": "pelvis{}",
        "upperleg01": "thigh{}",
        "upperleg02": "thigh{}.001",
        "lowerleg01": "shin{}",
        "lowerleg02": "shin{}.001",
        "foot": "foot{}",
        "toe1-1": "toe{}",
        "clavicle": "shoulder{}",
        "upperarm01": "upper_arm{}",
        "upperarm02": "upper_arm{}.001",
        "lowerarm01": "forearm{}",
        "lowerarm02": "forearm{}.001",
        "wrist": "hand{}",
    }
    | {
        f"finger{number}-{joint}": f"{finger}.{joint:02}{{}}"
        for number, finger in enumerate(("thumb", "f_index", "f_middle", "f_ring", "f_pinky"), start=1)
        for joint in (1, 2, 3)
    }
    | {f"metacarpal{number}": f"palm.{number:02}{{}}" for number in (1, 2, 3, 4)}
)
MIXAMO_CENTRAL = {
    "root": "Hips",
    "spine05": "Spine",
    "spine03": "Spine1",
    "spine01": "Spine2",
    "neck01": "Neck",
    "head": "Head",
}
# One side's; {} stands for Left or Right.
MIXAMO_SIDES = {
    "upperleg01": "{}UpLeg",
    "lowerleg01": "{}Leg",
    "foot": "{}Foot",
    "toe1-1": "{}ToeBase",
    "clavicle": "{}Shoulder",
    "upperarm01": "{}Arm",
    "lowerarm01": "{}ForeArm",
    "wrist": "{}Hand",
} | {
    f"finger{number}-{joint}": f"{{}}Hand{finger}{joint}"
    for number, finger in enumerate(("Thumb", "Index", "Middle", "Ring", "Pinky"), start=1)
    for joint in (1, 2, 3)
}


def _both_sides(names: dict[str, str], left: str, right: str) -> dict[str, str]:
    """One side's names, whose {} stands for `left` or `right`, for both."""
    return {
        f"{stem}.{side}": name.format(mark)
        for stem, name in names.items()
        for side, mark in (("L", left), ("R", right))
    }


# The names that differ from the body's own, by those.
NAMES: dict[BoneNames, dict[str, str]] = {
    "rigify": RIGIFY_CENTRAL | _both_sides(RIGIFY_SIDES, ".L", ".R"),
    "mixamo": {
        name: f"{MIXAMO}{theirs}"
        for name, theirs in (MIXAMO_CENTRAL | _both_sides(MIXAMO_SIDES, "Left", "Right")).items()
    },
    "makehuman": {},
}
_OWN = {theirs: name for names in NAMES.values() for name, theirs in names.items()}


def bone_name(name: str, names: BoneNames) -> str:
    """The name of one of the body's bones in another rig, or its own where that has none."""
    return NAMES[names].get(name, name)


def body_name(name: str) -> str:
    """The body's own name of a bone that has the name of any of the rigs; a name that none of them has stays."""
    return _OWN.get(name, name)
