"""The results of people evaluated against their truth, as Markdown."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ..training.avatar import person_of
from .people_settings import ESTIMATED, LENS, NOISY, OWN_RIG, SETTINGS, TRUE

# Title, key of the figures, decimals.
SHAPE = (
    ("P2S truth → prediction, cm ↓", "p2s_truth_to_prediction_cm", 2),
    ("P2S prediction → truth, cm ↓", "p2s_prediction_to_truth_cm", 2),
    ("Chamfer, cm ↓", "chamfer_cm", 2),
    ("f-score at 1 cm ↑", "f_score", 3),
    ("normal consistency ↑", "normal_consistency", 3),
    ("normal L2, 4 views ↓", "normal_l2", 4),
    ("IoU, input ↑", "input_iou", 3),
    ("IoU, 4 views ↑", "silhouette_iou", 3),
    ("face, cm ↓", "face_cm", 2),
    ("head, cm ↓", "head_cm", 2),
    ("hands, cm ↓", "hands_cm", 2),
    ("rest, cm ↓", "rest_cm", 2),
)
COLOUR = tuple(
    (f"{title}{kind}, {place} ↑", f"{name}{mark}_{place}", decimals)
    for title, name, decimals in (("PSNR", "psnr", 2), ("SSIM", "ssim", 3))
    for kind, mark in ((" masked", "_masked"), ("", ""))
    for place in ("front", "back", "mean")
)

Results = dict[str, dict[str, Any]]

RESAMPLES = 2000
# What people write about the figures: kept when these are made anew.
NOTES = "## What was missed"
BODIES = f"""Which body each row is given:

- `{TRUE}`: the body model, fitted into the avatar's rest pose and from there moved by the avatar's own bones.
- `{OWN_RIG}`: the same body posed by the body model's own bones and skinning; shape, size and pose are
  fitted to the bound body, vertex to vertex. Only the naked body has this row: it says what the rig alone costs.
- `{NOISY}`: the bound body as training disturbs it.
- `{ESTIMATED}`: what Restage makes of the picture alone, camera and own rig included, where its camera sees it. One
  picture does not tell a long lens from a short one, nor a tall person far away from a small one close by: this row's
  lengths say how wrong the distance from the camera is, and next to nothing of the form.
- `{LENS}`: the same where the true focal length is given. What is left of the distance's error is
  mostly that of the person's height, which is not given.
- `{ESTIMATED}, aligned`: the first estimate, turned and moved onto the truth as a whole, not scaled."""


def markdown(results: Results, description: str, sheet: str = "", notes: str = "") -> str:
    """Tables of means ± standard errors. results: of results.json; description: a first paragraph; sheet:
    the picture sheet's place seen from the table, if there is one; notes: a last section."""
    found, looked = found_counts(results)
    avatars = {entry["person"] for entry in results.values()}
    identities = len({person_of(name) for name in avatars})
    people = f"{len(results)} pictures of {identities} people in {len(avatars)} outfits."
    if looked:
        people += f" The person was found in {found} of {looked} pictures; rows of the estimated body are over those."
    parts = [
        "# People against their truth",
        description,
        people,
        f"Mean ± standard error, by a bootstrap over the {identities} people ({RESAMPLES} draws with all their"
        " pictures), since pictures of one person are not independent. P2S and Chamfer: exact distances from points to"
        " triangles, outer surfaces only, nothing scaled. Face (eyes, nose, mouth and chin, a part of the head), head,"
        " hands and rest: truth → prediction. In brackets: of how many pictures, where these are fewer than the row's.",
        BODIES,
        "## Shape",
        _table(results, SHAPE),
        "## Colours",
        "Views from four sides on white, lit as the picture; `masked`: only where the truth or the prediction is.",
        _table(results, COLOUR),
    ]
    if sheet:
        parts += [
            "## Pictures",
            "The truth, and what each method makes of the body that was estimated from the picture alone, moved rigidly"
            " onto the truth.",
            f"![The truth and every method from four sides]({sheet})",
        ]
    if notes:
        parts.append(notes)
    return "\n\n".join(parts) + "\n"


def notes_of(text: str) -> str:
    """The section that people wrote at the end of a table made earlier; "" if there is none."""
    _, heading, rest = text.partition(f"\n{NOTES}\n")
    return heading.strip() + "\n" + rest.rstrip() if heading else ""


def found_counts(results: Results) -> tuple[int, int]:
    """In how many people's pictures the person was found, of how many where it was looked for."""
    looked = [entry["found"] for entry in results.values() if entry.get("found") is not None]
    return sum(looked), len(looked)


def statistics(results: Results, row: str, key: str) -> tuple[float, float, int] | None:
    """Mean over pictures, standard error over people (0 for one person) and count of pictures of a figure; None where
    no picture has it."""
    rows = ((person_of(entry["person"]), entry["rows"].get(row)) for entry in results.values())
    known = [(person, figures[key]) for person, figures in rows if figures is not None and key in figures]
    if not known:
        return None
    values = np.array([value for _, value in known])
    return float(values.mean()), bootstrap_error([person for person, _ in known], values), len(values)


def bootstrap_error(people: Sequence[str], values: npt.NDArray[np.floating]) -> float:
    """Standard error of the mean of (N,) values, each of the person of that name, by drawing people with replacement
    (cluster bootstrap; Efron and Tibshirani 1993); the same every time."""
    _, index = np.unique(people, return_inverse=True)
    sums, counts = np.bincount(index, values), np.bincount(index)
    if len(sums) == 1:
        return 0.0
    drawn = np.random.default_rng(0).integers(len(sums), size=(RESAMPLES, len(sums)))
    means = sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    # Of few people, draws with replacement spread too little.
    return float(means.std() * np.sqrt(len(sums) / (len(sums) - 1)))


def _table(results: Results, columns: Sequence[tuple[str, str, int]]) -> str:
    names = list(dict.fromkeys(row for _, entry in sorted(results.items()) for row in entry["rows"]))
    # By setting first, in the order in which they were measured.
    names.sort(key=_setting_order)
    lines = ["| body | method | pictures | " + " | ".join(title for title, _, _ in columns) + " |"]
    lines.append("|---|---|--:|" + "--:|" * len(columns))
    for name in names:
        setting, method = name.split(" / ", 1)
        found = [statistics(results, name, key) for _, key, _ in columns]
        count = max((known[2] for known in found if known), default=0)
        cells = [_cell(known, decimals, count) for known, (_, _, decimals) in zip(found, columns, strict=True)]
        lines.append(f"| {setting} | {method} | {count} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _cell(known: tuple[float, float, int] | None, decimals: int, count: int) -> str:
    """What `statistics` gives, as text; of how many pictures it is where other figures of its row are of `count`."""
    if known is None:
        return "–"
    mean, error, own = known
    return f"{mean:.{decimals}f} ± {error:.{decimals}f}" + (f" ({own})" if own < count else "")


def _setting_order(name: str) -> tuple[int, str]:
    setting = name.split(" / ", 1)[0]
    order = list(SETTINGS.values())
    return (order.index(setting) if setting in order else len(order), setting)
