"""The bodies that methods are given when people are compared with their truth."""

TRUE, OWN_RIG, NOISY = "true body, bound", "true body, own rig", "noisy body"
ESTIMATED, LENS, ALIGNED = "estimated body", "estimated body, lens known", "estimated body, aligned"
# By the name that the command line has for each, in the table's order.
SETTINGS = {
    "true": TRUE,
    "own-rig": OWN_RIG,
    "noisy": NOISY,
    "estimated": ESTIMATED,
    "lens": LENS,
    "aligned": ALIGNED,
}
# Where the body is estimated from the picture.
PICTURE_ALONE = (ESTIMATED, LENS, ALIGNED)
# The setting that the picture sheet shows: what a user gets, where it can be compared.
SHOWN = ALIGNED


def row_name(method: str, setting: str) -> str:
    """How results.json calls a method in a setting."""
    return f"{setting} / {method}"
