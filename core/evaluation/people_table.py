"""The results of people evaluated against their truth, as Markdown."""

from collections.abc import Sequence
from typing import Any

import numpy as np

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


def markdown(results: Results, description: str, sheet: str = "") -> str:
    """Tables of means ± standard errors over people. results: of results.json; description: a first paragraph; sheet:
    the picture sheet's place seen from the table, if there is one."""
    found, looked = found_counts(results)
    people = f"{len(results)} people."
    if looked:
        people += f" The person was found in {found} of {looked} pictures; rows of the estimated body are over those."
    parts = [
        "# People against their truth",
        description,
        people,
        "Mean ± standard error over people. P2S and Chamfer: exact distances from points to triangles, outer surfaces"
        " only, nothing scaled. Head, hands and rest: truth → prediction.",
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
    return "\n\n".join(parts) + "\n"


def found_counts(results: Results) -> tuple[int, int]:
    """In how many people's pictures the person was found, of how many where it was looked for."""
    looked = [entry["found"] for entry in results.values() if entry.get("found") is not None]
    return sum(looked), len(looked)


def statistics(results: Results, row: str, key: str) -> tuple[float, float, int] | None:
    """Mean, standard error (0 for one person) and count of a figure; None where nobody has it."""
    rows = (entry["rows"].get(row) for entry in results.values())
    values = np.array([figures[key] for figures in rows if figures is not None and key in figures])
    if len(values) == 0:
        return None
    error = float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else 0.0
    return float(values.mean()), error, len(values)


def _table(results: Results, columns: Sequence[tuple[str, str, int]]) -> str:
    names = list(dict.fromkeys(row for _, entry in sorted(results.items()) for row in entry["rows"]))
    # By setting first, in the order in which they were measured.
    names.sort(key=_setting_order)
    lines = ["| body | method | people | " + " | ".join(title for title, _, _ in columns) + " |"]
    lines.append("|---|---|--:|" + "--:|" * len(columns))
    for name in names:
        setting, method = name.split(" / ", 1)
        cells, count = [], 0
        for _, key, decimals in columns:
            known = statistics(results, name, key)
            count = max(count, known[2] if known else 0)
            cells.append(f"{known[0]:.{decimals}f} ± {known[1]:.{decimals}f}" if known else "–")
        lines.append(f"| {setting} | {method} | {count} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _setting_order(name: str) -> tuple[int, str]:
    setting = name.split(" / ", 1)[0]
    order = ("true body", "noisy body", "estimated body", "estimated body, aligned")
    return (order.index(setting) if setting in order else len(order), setting)
