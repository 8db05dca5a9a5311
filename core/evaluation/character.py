"""The character of a clip against the truth, beside the frames' own meshes and the naked body that was fitted."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..body.model import BodyModel
from ..character.files import Character
from ..character.normals import frame_normals, mapped_normals
from ..events import Events, SilentEvents, progress
from ..frame import ClipReader
from ..job import SUFFIX, Job, atomic_write
from ..picture import Picture, read_picture
from ..pipeline import reconstruct
from ..ply import read_ply
from ..render import CameraView, MeshCaster, vertex_areas, vertex_normals
from ..settings import Settings
from .alignment import RigidTransform, rigid_between
from .character_clip import RATE, TrueClip
from .flicker import texture_flicker
from .motion import acceleration
from .other_sides import CHARACTER, FRAME_MESH, other_sides, sides_sheet
from .shape import Surface

Float = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

SAMPLES = 20_000
# Every so many frames the shapes are compared, which takes seconds each.
COMPARED_EVERY = 5
# Pixels of the crop's side in which normals are compared.
NORMALS_SIZE = 256
BODY = "fitted body"


class CharacterEvaluation:
    """A folder with clips, their jobs and results.json, one entry a clip; goes on where it stopped."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        self.folder, self._settings = folder, settings
        path = folder / "results.json"
        self.results: dict[str, dict[str, Any]] = json.loads(path.read_text("utf-8")) if path.exists() else {}

    def run(self, clips: Sequence[TrueClip], events: Events) -> None:
        """Film, reconstruct and measure every clip that results.json does not hold yet."""
        for clip in progress(clips, events, "clips"):
            if clip.name in self.results:
                continue
            self.results[clip.name] = measure(clip, self.job(clip))
            with atomic_write(self.folder / "results.json") as stream:
                stream.write((json.dumps(self.results, indent=1) + "\n").encode())

    def sheet(self, clips: Sequence[TrueClip]) -> Picture:
        """The sides of a frame of every clip, (h, w, 3) uint8 RGB, clips beside each other; see sides_sheet."""
        jobs = [self.job(clip) for clip in clips]
        return np.concatenate(
            [sides_sheet(clip, job, Character.load(job)) for clip, job in zip(clips, jobs, strict=True)], axis=1
        )

    def job(self, clip: TrueClip) -> Job:
        """What Restage makes of the clip's video alone."""
        path = self.folder / f"{clip.name}.mp4"
        if not path.exists():
            clip.write(path)
        existing = self.folder / f"{clip.name}{SUFFIX}"
        return reconstruct(path, existing.parent, self._settings, SilentEvents())


def measure(clip: TrueClip, job: Job) -> dict[str, Any]:
    """All figures of a clip as JSON values: millimetres, and per frame at RATE."""
    character, reader = Character.load(job), ClipReader(job)
    fitted = np.stack([reader.body(number) for number in reader.numbers])
    outer = np.flatnonzero(BodyModel.load().exterior)
    truth = clip.body[character.frames]
    moved = _onto(fitted, truth)
    motions = {"truth": truth, CHARACTER: _applied(moved, character.vertices[:]), BODY: _applied(moved, fitted)}
    values: dict[str, Any] = {"frames": len(character.frames), "seconds_a_frame": _seconds(job)}
    for name, vertices in motions.items():
        values[name] = _steadiness(vertices[:, outer], truth[:, outer], character.frames)
    values["to_mesh"] = _to_meshes(job, character, reader)
    values["normals"] = _normals(job, character, reader)
    values["other_sides"], values["flicker"] = other_sides(clip, job, character), texture_flicker(job)
    rows = range(0, len(character.frames), COMPARED_EVERY)
    shapes = [_shapes(clip, job, character, fitted[row], row) for row in rows]
    for name in (FRAME_MESH, CHARACTER, BODY):
        found = [shape[name] for shape in shapes if name in shape]
        values.setdefault(name, {}).update({key: float(np.mean([one[key] for one in found])) for key in found[0]})
    return values


def _seconds(job: Job) -> float:
    stages = json.loads(job.timings_path.read_text("utf-8"))["stages"]
    return stages["character"] / len(job.person_frames())


def _onto(estimate: Float, truth: Float) -> RigidTransform:
    """The one rigid transform that brings a clip's fitted bodies (F, V, 3) onto the true ones: the axes of the world
    that was estimated are not the truth's."""
    every = slice(None, None, 20)
    return rigid_between(
        estimate[:, every].reshape(-1, 3).astype(np.float64), truth[:, every].reshape(-1, 3).astype(np.float64)
    )


def _applied(transform: RigidTransform, vertices: Float) -> Float:
    return np.stack([transform.apply(frame) for frame in vertices])


def _steadiness(vertices: Float, truth: Float, frames: npt.NDArray[np.integer]) -> dict[str, float]:
    """Of corresponding points (F, N, 3): mean size of acceleration, of its difference from the truth's, and of the
    change of acceleration (jerk), which tells trembling from motion."""
    return {
        "acceleration": float(acceleration(vertices, frames, RATE).mean()),
        "acceleration_error": float(acceleration(vertices - truth, frames, RATE).mean()),
        "jerk": float(np.linalg.norm(np.diff(vertices, 3, axis=0), axis=2).mean()) * 1000,
    }


def _normals(job: Job, character: Character, reader: ClipReader) -> dict[str, float]:
    """Mean angles, degrees, between the normals of a frame's mesh and the character's where the frame's camera sees
    both: those of its vertices (`smooth`), and with its normal map (`mapped`)."""
    normal_map, triangles = read_picture(character.normals), BodyModel.load().triangles
    normals_of = frame_normals(job, reader)
    smooth, mapped = [], []
    for row in range(0, len(character.frames), COMPARED_EVERY):
        number = int(character.frames[row])
        shown = normals_of(number)
        if shown is None:
            continue
        vertices = character.vertices[row]
        view = CameraView(reader.camera, NORMALS_SIZE, NORMALS_SIZE, reader.crops[number])
        hits = MeshCaster(vertices, triangles).cast(view)
        truth, there = shown.at(hits.interpolate(vertices))
        own = hits.interpolate(vertex_normals(vertices, triangles))
        smooth.append(_angles(own, truth)[there].mean())
        mapped.append(_angles(mapped_normals(hits, vertices, normal_map), truth)[there].mean())
    return {"smooth": float(np.mean(smooth)), "mapped": float(np.mean(mapped))}


def _angles(one: Float, other: Float) -> Float:
    """(N,) degrees between directions (N, 3)."""
    lengths = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    cosine = (one * other).sum(axis=1) / np.maximum(lengths, 1e-9)
    return np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0)))


def _to_meshes(job: Job, character: Character, reader: ClipReader) -> dict[str, float]:
    """Mean distance from a frame's mesh, of what can be seen from outside: of the template laid onto it alone, over its
    surface (`surface`) and of its vertices (`registered`), of the character's vertices (`all`), and of those that the
    frame's camera sees (`seen`)."""
    from ..character.posing import BodyMotionFile
    from ..character.registration import visibility
    from ..character.stage import Registration

    outer = BodyModel.load().exterior
    registration = Registration(job, BodyMotionFile(job))
    every, shown, laid, surfaces = [], [], [], []
    for row, number in enumerate(character.frames):
        vertices, faces, _ = read_ply(job.mesh_path(int(number)))
        surface = Surface(vertices[:1], vertices[:1], np.zeros(1, np.int64), vertices, faces)
        template = registration(row).vertices
        away = surface.closest(template[outer])[0] * 1000
        laid.append(away.mean())
        surfaces.append(np.average(away, weights=vertex_areas(template, BodyModel.load().triangles)[outer]))
        distance = surface.closest(character.vertices[row])[0] * 1000
        seen = visibility(character.vertices[row], reader.camera) > 0.5
        every.append(distance[outer].mean())
        shown.append(distance[outer & seen].mean())
    means = {"surface": surfaces, "registered": laid, "all": every, "seen": shown}
    return {name: float(np.mean(values)) for name, values in means.items()}


def _shapes(clip: TrueClip, job: Job, character: Character, fitted: Float, row: int) -> dict[str, dict[str, float]]:
    """Distances between the truth and each surface of a frame, all moved by the one rigid transform that brings the
    frame's fitted body onto the true body."""
    number = int(character.frames[row])
    move = rigid_between(fitted.astype(np.float64), clip.body[number].astype(np.float64))
    truth = Surface.of(clip.world[number], clip.avatar.faces, SAMPLES)
    hidden = ~clip.seen(truth.points, number)
    triangles = BodyModel.load().triangles
    surfaces = {CHARACTER: (character.vertices[row], triangles), BODY: (fitted, triangles)}
    if job.mesh_path(number).exists():
        surfaces[FRAME_MESH] = read_ply(job.mesh_path(number))[:2]
    return {
        name: _distances(truth, hidden, Surface.of(move.apply(vertices), faces, SAMPLES), clip)
        for name, (vertices, faces) in surfaces.items()
    }


def _distances(truth: Surface, hidden: Mask, made: Surface, clip: TrueClip) -> dict[str, float]:
    """Chamfer distances, millimetres: of the whole surfaces, and of the sides that the camera does not see."""
    missing, extra = made.closest(truth.points)[0] * 1000, truth.closest(made.points)[0] * 1000
    behind = ~MeshCaster(made.vertices, made.faces).visible(made.points, clip.camera, 0.004)
    return {
        "chamfer": float(missing.mean() + extra.mean()) / 2,
        "chamfer_hidden": float(missing[hidden].mean() + extra[behind].mean()) / 2,
    }
