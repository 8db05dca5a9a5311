"""The body stage: reads landmarks and masks of a job, fits the body to the clip, writes body.npz."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..arrays import BODY, read_arrays, unreadable
from ..camera_file import write_camera
from ..device import one_thread
from ..events import Events
from ..job import Job, atomic_write
from ..person.travel import TRAVELLING
from ..picture import read_picture
from ..spaces import Camera
from .fitted import FittedBody
from .model import BodyModel

if TYPE_CHECKING:
    from .fit import BodyMotion
    from .observations import Observations

STAGE = "body"
LEAST_FIRMNESS = 0.03


def run_body(job: Job, events: Events) -> None:
    """Fit the body and write `body/body.npz` (docs/job-folder.md). Raises RestageError `no_person`."""
    with one_thread():
        motion, heads, observed = _fitted(job, events)
        _write(job, motion, heads, observed)


def _fitted(job: Job, events: Events) -> "tuple[BodyMotion, np.ndarray | None, Observations]":
    """The motion and the ways of its heads (F, 3), camera axes, and what it was fitted to."""
    from ..face.files import ClipFace
    from ..face.fit import fit_head
    from ..face.place import head_ways
    from ..face.shape import own_face
    from ..hands.files import ClipHands
    from ..hands.fit import fit_hands
    from ..shoes.form import shoe_ways
    from ..shoes.worn import wears_shoes
    from .fit import FIRM_MOTION, LOOSE_MOTION, STEPS_FIRM, STEPS_LOOSE, STEPS_MASK, ClipFit
    from .flow import surface_flow
    from .ground import find_contacts, find_up
    from .observations import read_observations
    from .travel import path_size

    model = BodyModel.load()
    observed = read_observations(job)
    settings = job.record.settings
    scale = settings.height / _rest_height(model) if settings.height else 1.0
    fit = ClipFit(model, observed, observed.focal, scale)
    fit.log_focal.requires_grad_(not settings.focal)
    done = 0
    # Tied a little even by 0: what no landmark tells is not left to chance in every frame.
    firmness = max(settings.steadiness, LEAST_FIRMNESS)
    count = STEPS_LOOSE + STEPS_FIRM + STEPS_MASK

    def report() -> None:
        nonlocal done
        done += 1
        if done % 10 == 0 or done == count:
            events.emit("frame", stage=STAGE, done=done, count=count)

    fit.run(STEPS_LOOSE, use_masks=False, motion=LOOSE_MOTION * firmness, rate=0.06, report=report)
    fit.run(STEPS_FIRM, use_masks=False, motion=FIRM_MOTION * firmness, rate=0.03, report=report)
    motion = fit.result()
    if observed.path is not None:
        size = path_size(motion, observed.path, observed.frame_seconds)
        if size is None:
            events.emit("warning", message=TRAVELLING)
        else:
            fit.observed = observed = observed.travelled(size)
    motion = motion.turned(observed.turns, observed.places)
    up = find_up(motion, model.bone_names)
    if len(observed.frames) > 1:
        fit.stand(find_contacts(motion.landmarks, up, observed.frame_seconds), up)
        fit.follow(surface_flow(job, observed, fit.result(), events))
    fit.run(STEPS_MASK, use_masks=True, motion=firmness, rate=0.02, report=report)
    face, hands = ClipFace.read(job), ClipHands.read(job)
    for path, found in ((job.face_path, face), (job.hands_path, hands)):
        if found is not None and not np.array_equal(found.frames, observed.frames):
            raise unreadable(path, "it is of other frames")
    motion = fit_head(fit.result(), face, observed, firmness)
    _write_ways(job.own_face_path, own_face(motion, face))
    heads = head_ways(motion, face, observed, firmness)
    shod = wears_shoes(_shown(job, observed), observed.height)
    _write_ways(job.shoes_path, motion.scale * shoe_ways() if shod else None)
    return fit_hands(motion, hands, observed, firmness), heads, observed


def _shown(job: Job, observed: "Observations") -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Pictures of frames spread over the clip, with their landmarks and how visible these are."""
    from ..surface.stage import sample_frames

    for row in sample_frames(list(range(len(observed.frames)))):
        picture = read_picture(job.picture_path(int(observed.frames[row])))
        yield picture, observed.image[row].numpy(), observed.visibility[row].numpy()


def _write_ways(path: Path, ways: np.ndarray | None) -> None:
    """Write how something moves, (N, 3) metres; for None there is no such file."""
    if ways is None:
        path.unlink(missing_ok=True)
        return
    with atomic_write(path) as stream:
        np.savez(stream, ways=ways)


def posed_body(job: Job, number: int) -> tuple[np.ndarray, np.ndarray]:
    """The fitted body of a frame: vertices (V, 3) world metres, triangles (T, 3)."""
    return FittedBody(job).vertices(number), BodyModel.load().triangles


def body_landmarks(job: Job) -> tuple[np.ndarray, np.ndarray]:
    """The fitted body's counterparts of MediaPipe's landmarks, (F, 33, 3) world metres, and which exist, (33,) bool."""
    return read_arrays(job.body_path, BODY, "landmarks")["landmarks"], BodyModel.load().landmark_exists


def _rest_height(model: BodyModel) -> float:
    return float(np.ptp(model.mean_vertices[:, 1]))


def _write(job: Job, motion: "BodyMotion", heads: np.ndarray | None, observed: "Observations") -> None:
    """Move the motion from the camera's axes into the world's, and save it.

    The world stands still against the camera, also where the camera moves: `body/camera.npz` tells how both do.
    """
    import roma
    import torch

    from .ground import camera_pose, find_floor, find_up

    model = BodyModel.load()
    frames, image_size = observed.frames, observed.image_size
    steadied = motion.turned(observed.turns, observed.places)
    up = find_up(steadied, model.bone_names)
    hips = np.median(steadied.translation, axis=0)
    lowest = np.array(
        [
            (model.vertices(motion.shape, motion.scale, rotations, translation) @ up).min()
            for rotations, translation in zip(steadied.rotations, steadied.translation, strict=True)
        ]
    )
    origin = hips + up * (find_floor(lowest) - hips @ up)
    pose = camera_pose(up, origin)
    camera = Camera(motion.focal, (image_size[0] / 2, image_size[1] / 2), *image_size, pose)
    turn = torch.from_numpy(pose[:3, :3]).float()
    root = roma.rotvec_to_rotmat(torch.from_numpy(motion.rotations[:, 0]))
    rotations = motion.rotations.copy()
    rotations[:, 0] = roma.rotmat_to_rotvec(turn @ root).numpy()
    _write_turns(job, observed, pose[:3, :3])
    _write_ways(job.heads_path, None if heads is None else (heads @ pose[:3, :3].T).astype(np.float32))
    with atomic_write(job.body_path) as stream:
        np.savez(
            stream,
            frames=frames.astype(np.int32),
            shape=motion.shape.astype(np.float32),
            scale=np.float32(motion.scale),
            rotations=rotations.astype(np.float32),
            translation=camera.to_world(motion.translation).astype(np.float32),
            joints=camera.to_world(motion.joints).astype(np.float32),
            landmarks=camera.to_world(motion.landmarks).astype(np.float32),
            joint_names=np.array(model.bone_names),
            focal=np.float64(camera.focal),
            centre=np.array(camera.centre),
            image_size=np.array(image_size, np.int32),
            camera_to_world=pose,
        )


def _write_turns(job: Job, observed: "Observations", axes: np.ndarray) -> None:
    """Write `body/camera.npz` where the camera moved. axes: (3, 3) from the camera's axes to the world's."""
    if observed.turns is None:
        job.world_turns_path.unlink(missing_ok=True)
        return
    turns = np.einsum("ij,fjk,lk->fil", axes, observed.turns.numpy(), axes)
    places = None if observed.places is None else observed.places.numpy() @ axes.T
    write_camera(job.world_turns_path, dict(zip(observed.frames.tolist(), turns, strict=True)), places)
