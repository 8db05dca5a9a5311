"""Names of the character's bones that retargeting tools know: those of Rigify's human meta-rig.

The body's skeleton is MakeHuman's, with more bones than Rigify has: two for an upper arm, five for the spine. The first
of each gets Rigify's name, the second that of Rigify's deform bone for the same limb; the others keep their own.
docs/blender.md has the table, with Mixamo's names beside.
"""

CENTRAL = {
    "root": "spine",
    "spine05": "spine.001",
    "spine03": "spine.002",
    "spine01": "spine.003",
    "neck01": "spine.004",
    "neck03": "spine.005",
    "head": "spine.006",
}
# One side's; {} stands for .L or .R.
SIDES = (
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


def rigify_name(name: str) -> str:
    """Rigify's name of one of the body's bones, or its own where Rigify has none."""
    stem, _, side = name.rpartition(".")
    if side in ("L", "R") and stem in SIDES:
        return SIDES[stem].format(f".{side}")
    return CENTRAL.get(name, name)
