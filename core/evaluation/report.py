"""All figures of a job in one dictionary, and as a table for people."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..arrays import BODY, LANDMARKS, read_arrays
from ..body.model import BodyModel
from ..character.files import Character
from ..errors import RestageError
from ..job import Job
from ..picture import read_mask
from ..spaces import Array
from .flicker import texture_flicker
from .motion import (
    FEET,
    HEAD_LIMIT,
    LEFT_EAR,
    NOSE,
    RIGHT_EAR,
    acceleration,
    angles,
    foot_sliding,
    head_direction,
    landmark_errors,
    torso_direction,
)
from .surface import silhouette_overlap, surface_acceleration

WORST = 3
# Vertices around a heel or a toe whose mean is where the character's is.
FOOT_VERTICES = 12

# (title, section, key, format) of the table's rows.
ROWS = (
    ("frames with a person", "frames", "person", "{:d}"),
    ("frames with a mesh", "frames", "mesh", "{:d}"),
    ("silhouette IoU, mean", "silhouette", "mean", "{:.3f}"),
    ("silhouette IoU, lowest", "silhouette", "lowest", "{:.3f}"),
    ("worst frames", "silhouette", "worst_frames", "{}"),
    ("landmark error, mean, % of height", "landmarks", "mean_percent", "{:.2f}"),
    ("landmark error, 95th percentile, %", "landmarks", "percentile_95", "{:.2f}"),
    ("joint acceleration, mean, mm/frame²", "motion", "joint_acceleration", "{:.1f}"),
    ("joint acceleration, 95th percentile", "motion", "joint_acceleration_95", "{:.1f}"),
    ("surface acceleration, mm/frame²", "motion", "surface_acceleration", "{:.1f}"),
    ("foot sliding, mm/frame", "motion", "foot_sliding", "{:.1f}"),
    ("foot sliding of the character", "motion", "foot_sliding_character", "{:.1f}"),
    ("chest against landmarks, degrees", "facing", "chest_difference", "{:.0f}"),
    ("head against chest, largest, degrees", "facing", "head_turn_largest", "{:.0f}"),
    ("frames with the head turned too far", "facing", "head_wrong_frames", "{}"),
    ("texture flicker of the frames' meshes, 0-255", "flicker", "frames", "{:.2f}"),
    ("texture flicker of the character", "flicker", "character", "{:.2f}"),
)


def evaluate_job(job: Job) -> dict[str, Any]:
    """Measure a job: JSON values only; None for what the job has too few frames to tell.

    Speeds are per frame at 30 frames a second, whatever the clip's rate. Raises RestageError `not_fitted` when the
    body has not been fitted yet.
    """
    if not job.body_path.exists():
        raise RestageError(
            "not_fitted",
            f"{job.folder} cannot be evaluated: the body is not fitted yet. Run the reconstruction with --resume.",
        )
    finished = job.finished_frames()
    overlaps = {number: silhouette_overlap(job, number) for number in finished}
    worst = sorted(overlaps, key=lambda number: overlaps[number])[:WORST]
    values = list(overlaps.values())
    return {
        "name": job.record.name,
        "frames": {"person": len(job.person_frames()), "mesh": len(finished)},
        "silhouette": {
            "mean": _mean(values),
            "lowest": min(values) if values else None,
            "worst_frames": worst,
            "frames": {str(number): round(value, 4) for number, value in overlaps.items()},
        },
        **_evaluate_body(job, finished),
        "flicker": texture_flicker(job) if job.character_texture_path.exists() else {"frames": None, "character": None},
    }


def format_table(results: Sequence[dict[str, Any]]) -> str:
    """One column a job, one row a figure."""
    cells = [["", *(str(result["name"]) for result in results)]]
    for title, section, key, pattern in ROWS:
        cells.append([title, *(_cell(result[section][key], pattern) for result in results)])
    widths = [max(len(row[column]) for row in cells) for column in range(len(cells[0]))]
    lines = [
        "  ".join(
            [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        )
        for row in cells
    ]
    return "\n".join(line.rstrip() for line in lines)


def _evaluate_body(job: Job, finished: list[int]) -> dict[str, Any]:
    """The sections landmarks, motion and facing."""
    from ..body.stage import body_landmarks

    rate = float(job.record.clip["frame_rate"])
    camera = job.camera()
    body, exists = body_landmarks(job)
    values = read_arrays(job.landmarks_path, LANDMARKS)
    frames, image, world = values["frames"], values["image"], values["world"]
    visibility = np.where(values["held"][:, None], 0.0, values["visibility"])
    joints = read_arrays(job.body_path, BODY, "joints")["joints"].astype(np.float64)
    heights = np.array([_person_height(job, int(number)) for number in frames])
    errors = landmark_errors(camera.project(body), image, visibility, exists, heights)
    moved = acceleration(joints, frames, rate)
    slid = foot_sliding(body, image, visibility, heights, frames, rate)
    # Of a character, if there is one.
    feet = _character_feet(job, body, frames) if job.character_vertices_path.exists() else body * np.nan
    slid_character = foot_sliding(feet, image, visibility, heights, frames, rate)
    surface = surface_acceleration(job, finished, rate)
    return {
        "landmarks": {"mean_percent": _mean(errors), "percentile_95": _percentile(errors, 95)},
        "motion": {
            "joint_acceleration": _mean(moved),
            "joint_acceleration_95": _percentile(moved, 95),
            "surface_acceleration": _mean(surface),
            "foot_sliding": _mean(slid),
            "foot_sliding_cases": len(slid),
            "foot_sliding_character": _mean(slid_character),
        },
        "facing": _facing(body @ camera.camera_to_world[:3, :3], world, exists, frames),
    }


def _character_feet(job: Job, body: Array, frames: Array) -> Array:
    """The body's landmarks (F, 33, 3), world metres, with heels and toes where the character's surface has them."""
    character, model = Character.load(job), BodyModel.load()
    rows = np.searchsorted(character.frames, frames)
    outer, feet = np.flatnonzero(model.exterior), list(FEET)
    apart = np.linalg.norm(model.mean_vertices[outer][None] - model.landmark_mean[feet][:, None], axis=2)
    near = outer[np.argsort(apart, axis=1)[:, :FOOT_VERTICES]]
    result = body.copy()
    for frame, row in enumerate(rows.tolist()):
        result[frame, feet] = character.vertices[row][near].mean(axis=1)
    return result


def _facing(body: Array, seen: Array, exists: Array, frames: Array) -> dict[str, Any]:
    """Both (F, 33, 3) in the camera's axes."""
    chest = torso_direction(body)
    result: dict[str, Any] = {"chest_difference": _mean(angles(chest, torso_direction(seen)))}
    has_head = bool(exists[[NOSE, LEFT_EAR, RIGHT_EAR]].all())
    turn = angles(chest, head_direction(body)) if has_head else np.zeros(0)
    result["head_turn_largest"] = float(turn.max()) if len(turn) else None
    result["head_wrong_frames"] = [int(n) for n in frames[turn > HEAD_LIMIT]] if has_head else None
    result["head_difference"] = _mean(angles(head_direction(body), head_direction(seen))) if has_head else None
    return result


def _person_height(job: Job, number: int) -> float:
    """Rows from the mask's first to its last, in image pixels; NaN for an empty mask."""
    rows = np.flatnonzero((read_mask(job.mask_path(number)) > 127).any(axis=1))
    return float(rows[-1] - rows[0] + 1) if len(rows) else float("nan")


def _mean(values: Any) -> float | None:
    known = np.asarray(values, np.float64)
    known = known[np.isfinite(known)]
    return float(known.mean()) if known.size else None


def _percentile(values: Array, share: float) -> float | None:
    known = values[np.isfinite(values)]
    return float(np.percentile(known, share)) if known.size else None


def _cell(value: Any, pattern: str) -> str:
    if value is None:
        return "-"
    if value == []:
        return "none"
    return pattern.format(", ".join(map(str, value)) if isinstance(value, list) else value)
