"""Pictures of synthetic people and of what became of them: a block a person, a line a method."""

from collections.abc import Sequence

import numpy as np

from ..errors import RestageError
from ..picture import Picture
from .views import BACK, FRONT

TILE, HEADER, LABEL = 176, 22, 120
COLUMNS = ("input", "front", "side", "back", "other side", "textured front", "textured back")


def strip(picture: Picture | None, shaded: Sequence[Picture], coloured: Sequence[Picture]) -> Picture:
    """One line: (TILE, TILE * len(COLUMNS), 3) uint8, from the input and a mesh's four views, grey and coloured."""
    blank = np.full((TILE, TILE, 3), 255, np.uint8)
    tiles = [blank if picture is None else _tile(picture)]
    tiles += [_tile(view) for view in (*shaded, coloured[FRONT], coloured[BACK])]
    return np.concatenate(tiles, axis=1)


def sheet(blocks: Sequence[Sequence[tuple[str, Picture, float]]]) -> Picture:
    """All lines below each other: by person, (label, strip, radius of its frame in metres) of the truth and of each
    method. A person's lines are drawn in the largest of their frames, which have one centre."""
    if not blocks:
        raise RestageError(
            "frame_missing",
            "The sheet has nobody to show: the person was found in no sample that was evaluated. Evaluate more, with"
            " the setting `aligned`.",
        )
    width = LABEL + TILE * len(COLUMNS)
    header = np.full((HEADER, width, 3), 255, np.uint8)
    for column, title in enumerate(COLUMNS):
        _write(header, title, (LABEL + column * TILE + 6, 15))
    rows = [header]
    for block in blocks:
        radius = max(own for _, _, own in block)
        for label, pictures, own in block:
            margin = np.full((TILE, LABEL, 3), 255, np.uint8)
            for line, word in enumerate(label.split()):
                _write(margin, word, (6, 20 + 18 * line))
            rows.append(np.concatenate([margin, widened(pictures, radius / own)], axis=1))
        rows.append(np.full((2, width, 3), 120, np.uint8))
    return np.concatenate(rows)


def widened(line: Picture, factor: float) -> Picture:
    """A strip as frames `factor` times as wide would show it, white around; the input stays as it is."""
    import cv2

    side = round(TILE / factor)
    if side == TILE:
        return line
    result, edge = np.full_like(line, 255), (TILE - side) // 2
    result[:, :TILE] = line[:, :TILE]
    for left in range(TILE, line.shape[1], TILE):
        small = cv2.resize(line[:, left : left + TILE], (side, side), interpolation=cv2.INTER_AREA)
        result[edge : edge + side, left + edge : left + edge + side] = small
    return result


def _tile(picture: Picture) -> Picture:
    import cv2

    return cv2.resize(picture, (TILE, TILE), interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)


def _write(picture: Picture, text: str, place: tuple[int, int]) -> None:
    import cv2

    cv2.putText(picture, text, place, cv2.FONT_HERSHEY_SIMPLEX, 0.42, (40, 40, 40), 1, cv2.LINE_AA)
