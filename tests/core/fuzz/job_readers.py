"""Readers of what a job folder holds besides pictures."""

import io
import shutil
from functools import partial
from pathlib import Path

import numpy as np

from core.arrays import BODY, CLOTHING, COLOURS, HANDS, LANDMARKS, read_arrays
from core.body.model import BodyModel
from core.job import Job

from .reader import Reader


def job_readers(job: Job, folder: Path) -> dict[str, Reader]:
    """These readers by name. job: a finished one; folder: to make samples in."""
    return {
        "job.json": Reader(_job, lambda: {"job.json": (job.folder / "job.json").read_bytes()}),
        "crops.json": Reader(_crops, lambda: {"crops.json": job.crops_path.read_bytes()}),
        "timings.json": Reader(_timings, lambda: {"timings.json": job.timings_path.read_bytes()}),
        "ply": Reader(_ply, lambda: {"0.ply": _mesh(folder)}),
        "npz": Reader(_npz, lambda: _arrays(job)),
        "people.json": Reader(_people, lambda: {"people.json": job.people_path.read_bytes()}),
        "camera": Reader(_camera, lambda: _camera_files(folder)),
        "keypoints": Reader(_keypoints, lambda: {"keypoints.npz": _keypoints_file(folder)}),
        "hands": Reader(_hands, lambda: {"hands.npz": _hands_file(folder)}),
        "face": Reader(_face, lambda: {"face.npz": _face_file(folder)}),
        "points": Reader(_points, lambda: {"points.npz": _points_file(folder)}),
        "own face": Reader(partial(_ways, Job.own_face_path, job.body_path), lambda: {"own.npz": _ways_file()}),
        "shoes": Reader(partial(_ways, Job.shoes_path, job.body_path), lambda: {"own.npz": _ways_file()}),
        "heads": Reader(partial(_ways, Job.heads_path, job.body_path), lambda: {"own.npz": _heads_file(job)}),
        "props": Reader(_props, lambda: {"props.npz": _props_file(folder)}),
        "character": Reader(_character, lambda: _character_files(folder)),
        "registered": Reader(_registered, lambda: _registered_file(folder)),
    }


def _job(path: Path) -> None:
    job = Job.open(path.parent)
    job.person_frames()
    job.save()


def _crops(path: Path) -> None:
    _placed(path)
    _bare_job(path.parent).crops()


def _people(path: Path) -> None:
    from core.person.people_file import read_people

    _placed(path)
    read_people(_bare_job(path.parent))


def _timings(path: Path) -> None:
    from core.stages import Timings

    Timings.read(_bare_job(path.parent))


def _ply(path: Path) -> None:
    from core.ply import read_ply

    vertices, faces, colours = read_ply(path)
    assert len(vertices) == len(colours)
    assert not len(faces) or faces.max() < len(vertices)


def _npz(path: Path) -> None:
    layouts = {
        "landmarks": LANDMARKS,
        "body": BODY,
        "clothing": CLOTHING,
        "colours": COLOURS,
        "hands": HANDS,
    }
    read_arrays(path, layouts[path.stem])


def _camera(path: Path) -> None:
    """As the body's stage reads how the camera moved, and as Blender reads how the world moves with it."""
    from core.camera_file import read_camera
    from core.person.camera_path import read_path
    from core.person.camera_turns import read_turns

    _placed(path)
    job, numbers = _bare_job(path.parent), np.array([0, 2])
    turns = read_turns(job, numbers, 1.2) if path.name == "camera.npz" else read_path(job, numbers, 1.2)
    assert turns is not None
    read_camera(path)


def _keypoints(path: Path) -> None:
    from core.person.keypoints import read_keypoints

    _placed(path)
    read_keypoints(_bare_job(path.parent))


def _hands(path: Path) -> None:
    from core.hands.files import ClipHands

    _placed(path)
    assert ClipHands.read(_bare_job(path.parent)) is not None


def _face(path: Path) -> None:
    from core.face.files import ClipFace

    _placed(path)
    assert ClipFace.read(_bare_job(path.parent)) is not None


def _points(path: Path) -> None:
    from core.lifting.files import ClipPoints

    _placed(path)
    assert ClipPoints.read(_bare_job(path.parent)) is not None


def _ways(place: property, body: Path, path: Path) -> None:
    from core.body.fitted import FittedBody

    job = _bare_job(path.parent)
    job.body_path.parent.mkdir(exist_ok=True)
    shutil.copy(path, place.__get__(job))
    shutil.copy(body, job.body_path)
    body = FittedBody(job)
    assert body.vertices(int(body.frames[0])).shape == body.model.mean_vertices.shape


def _props(path: Path) -> None:
    from core.props.files import Props

    job = _bare_job(path.parent)
    job.props_path.parent.mkdir(exist_ok=True)
    shutil.copy(path, job.props_path)
    props = Props.read(job)
    for number in range(3):
        props.thing(number)


def _character(path: Path) -> None:
    """One file of the character is damaged, the others are whole."""
    from core.character.files import Character

    job = _bare_job(path.parent)
    place = job.template_path.parent / path.name
    whole = place.read_bytes()
    place.write_bytes(path.read_bytes())
    try:
        Character.load(job)
    finally:
        place.write_bytes(whole)


def _registered(path: Path) -> None:
    """A frame that an interrupted run kept: a damaged one is registered again."""
    from core.character.registered import RegisteredFrames

    job = _job_to_register(path.parent)
    job.registered_folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(path, job.registered_folder / path.name)
    values = RegisteredFrames(job).get(0, _half)
    assert values.shape == _half().shape
    assert np.isfinite(values).all()


def _mesh(folder: Path) -> bytes:
    """A mesh file of a few faces: damages hit every part of it."""
    from core.ply import write_ply

    vertices = np.random.default_rng(0).random((30, 3), np.float32)
    faces = np.arange(30, dtype=np.int32).reshape(10, 3)
    write_ply(folder / "0.ply", vertices, faces, np.full((30, 3), 9, np.uint8))
    return (folder / "0.ply").read_bytes()


def _arrays(job: Job) -> dict[str, bytes]:
    paths = (job.landmarks_path, job.body_path, job.clothing_path, job.colours_path)
    return {path.name: path.read_bytes() for path in paths}


def _camera_files(folder: Path) -> dict[str, bytes]:
    """Of a camera that turned, and of one that went somewhere as well."""
    from scipy.spatial.transform import Rotation

    from core.camera_file import write_camera

    job = _bare_job(folder)
    turns = dict(enumerate(Rotation.from_euler("yx", [[0, 0], [3, 1], [7, -2]], degrees=True).as_matrix()))
    write_camera(job.camera_turns_path, turns)
    write_camera(job.camera_way_path, turns, np.arange(9.0).reshape(3, 3))
    return {path.name: path.read_bytes() for path in (job.camera_turns_path, job.camera_way_path)}


def _keypoints_file(folder: Path) -> bytes:
    from core.person.keypoints import write_keypoints

    job = _bare_job(folder)
    write_keypoints(job, {number: np.full((25, 3), number, np.float32) for number in range(3)})
    return job.keypoints_path.read_bytes()


def _hands_file(folder: Path) -> bytes:
    shapes = {"image": (3, 2, 21, 2), "world": (3, 2, 21, 3), "trust": (3, 2)}
    arrays = {name: np.full(shape, 0.5, np.float32) for name, shape in shapes.items()}
    np.savez(folder / "hands.npz", frames=np.arange(3, dtype=np.int32), **arrays)
    return (folder / "hands.npz").read_bytes()


def _face_file(folder: Path) -> bytes:
    points, trust = np.full((3, 468, 3), 0.5, np.float32), np.ones(3, np.float32)
    np.savez(folder / "face.npz", frames=np.arange(3, dtype=np.int32), points=points, trust=trust)
    return (folder / "face.npz").read_bytes()


def _points_file(folder: Path) -> bytes:
    from core.lifting.picture_network import QUERIES

    shape = (2, QUERIES)
    np.savez(
        folder / "points.npz", frames=np.arange(2, dtype=np.int32), image=np.zeros((*shape, 2), np.float32),
        depth=np.zeros(shape, np.float32), errors=np.full((*shape, 2), 0.02, np.float32),
    )  # fmt: skip
    return (folder / "points.npz").read_bytes()


def _ways_file() -> bytes:
    stream = io.BytesIO()
    np.savez(stream, ways=np.full((len(BodyModel.load().mean_vertices), 3), 0.001, np.float32))
    return stream.getvalue()


def _heads_file(job: Job) -> bytes:
    stream = io.BytesIO()
    np.savez(stream, ways=np.full_like(read_arrays(job.body_path, BODY, "translation")["translation"], 0.001))
    return stream.getvalue()


def _props_file(folder: Path) -> bytes:
    from core.props.files import write_props
    from core.props.thing import SIZE, Thing

    job, ball = _bare_job(folder), np.zeros((SIZE, SIZE), bool)
    ball[20:60, 30:70] = True
    write_props(job, {number: Thing(ball, ball & (np.arange(SIZE) > 50)) for number in range(2)})
    return job.props_path.read_bytes()


def _character_files(folder: Path) -> dict[str, bytes]:
    from core.character.files import Skeleton, write_character

    job = _bare_job(folder)
    points = np.zeros((4, 3), np.float32)
    triangles = np.array([[0, 1, 2], [1, 2, 3]], np.int32)
    bones = np.array([-1, 0], np.int32)
    skeleton = Skeleton(
        np.array(["root", "spine"]), bones, points[:2], points[2:], np.zeros((4, 2), np.int32),
        np.ones((4, 2), np.float32), np.zeros((3, 2, 3), np.float32), np.zeros((3, 3), np.float32), 1.0,
    )  # fmt: skip
    template = {"positions": points, "triangles": triangles}
    write_character(job, template, np.arange(3, dtype=np.int32), np.zeros((3, 4, 3), np.float32), skeleton)
    files = (job.template_path, job.skeleton_path, job.character_frames_path, job.character_vertices_path)
    return {path.name: path.read_bytes() for path in files}


def _registered_file(folder: Path) -> dict[str, bytes]:
    from core.character.registered import RegisteredFrames

    job = _job_to_register(folder)
    RegisteredFrames(job).get(0, _half)
    (path,) = job.registered_folder.iterdir()
    return {path.name: path.read_bytes()}


def _half() -> np.ndarray:
    from core.body.model import BodyModel
    from core.character.registered import COLUMNS

    return np.zeros((len(BodyModel.load().mean_vertices), COLUMNS), np.float16)


def _job_to_register(folder: Path) -> Job:
    """With what the name of a registered frame is made from."""
    job = _bare_job(folder)
    for path in (job.body_path, job.clothing_path, job.mesh_path(0)):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    return job


def _placed(path: Path) -> None:
    """Lay a file where a job has it, in its folder `person`."""
    (path.parent / "person").mkdir(exist_ok=True)
    shutil.copy(path, path.parent / "person" / path.name)


def _bare_job(folder: Path) -> Job:
    from core.job import JobRecord
    from core.settings import Settings

    return Job(folder, JobRecord("fuzz", {}, Settings()))
