"""The animated GLB as other programs read it: trimesh, and Blender's own importer."""

import shutil
import struct
from pathlib import Path

import numpy as np
import pytest
import trimesh

from core.__main__ import main
from core.character.bone_names import BONE_NAMES
from core.character.corners import split_corners
from core.character.files import Character
from core.errors import RestageError
from core.events import SilentEvents
from core.export import export_job
from core.job import FrameRecord, Job, atomic_write
from tests.core.export.glb_reader import read_json, seen_by_blender
from tests.core.export.moving_person import FRAMES, SECONDS, make_job


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> Job:
    return make_job(tmp_path_factory.mktemp("export") / "person.restage")


@pytest.fixture(scope="module", params=[False, True], ids=["skinned", "morphing"])
def exported(request: pytest.FixtureRequest, job: Job, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("glb")
    return export_job(job, "glb", folder, SilentEvents(), morph=request.param)


def test_the_name_is_the_jobs(exported: Path) -> None:
    assert exported.name == "Anna & Ben.glb"
    assert read_json(exported)["nodes"][0]["name"] == "Anna & Ben"


def test_trimesh_reads_geometry_and_texture(job: Job, exported: Path) -> None:
    (mesh,) = trimesh.load(exported).geometry.values()
    character = Character.load(job)
    corners = split_corners(character.triangles, character.uv, character.uv_triangles)
    start = character.vertices[0] if "targets" in read_json(exported)["meshes"][0]["primitives"][0] else None
    start = character.positions if start is None else start
    assert np.abs(mesh.vertices - start[corners.vertices]).max() < 1e-6
    assert np.array_equal(mesh.faces, corners.triangles)
    # trimesh's v goes up, as ours does.
    assert np.abs(mesh.visual.uv - corners.uv).max() < 1e-6
    assert mesh.visual.material.baseColorTexture.size == (64, 64)
    assert mesh.visual.material.normalTexture.size == (32, 32)


def test_a_character_without_a_normal_map_has_none(job: Job, tmp_path: Path) -> None:
    older = Job(tmp_path / "older.restage", job.record)
    shutil.copytree(job.folder, older.folder)
    older.character_normals_path.unlink()
    document = read_json(export_job(older, "glb", tmp_path / "out", SilentEvents()))
    assert len(document["images"]) == 1
    assert "normalTexture" not in document["materials"][0]


def test_keys_are_at_the_times_of_the_frames(exported: Path) -> None:
    document = read_json(exported)
    content = exported.read_bytes()
    start = 20 + struct.unpack("<I", content[12:16])[0] + 8
    (time,) = {sampler["input"] for sampler in document["animations"][0]["samplers"]}
    view = document["bufferViews"][document["accessors"][time]["bufferView"]]
    times = np.frombuffer(content, "<f4", len(FRAMES), start + view["byteOffset"])
    assert np.abs(times - SECONDS).max() < 1e-6
    assert np.allclose(document["accessors"][time]["max"], SECONDS[-1])


def test_blender_shows_the_frames_vertices(job: Job, exported: Path, tmp_path: Path) -> None:
    seen = seen_by_blender(exported, SECONDS, tmp_path)
    shown = seen["vertices"]
    assert len(seen["images"]) == 2
    character = Character.load(job)
    chosen = split_corners(character.triangles, character.uv, character.uv_triangles).vertices
    assert shown.shape[1] == len(chosen)
    away = np.linalg.norm(shown - character.vertices[:][:, chosen], axis=2)
    if "skins" in read_json(exported):
        # Four influences of six: in the folds of a joint that turns by 75 degrees this shows.
        assert away.mean() < 1e-4 and away.max() < 0.015
    else:
        assert away.max() < 1e-4


def joints(path: Path) -> list[str]:
    """The names of the joints, in the order of the skeleton's bones."""
    document = read_json(path)
    return [document["nodes"][joint]["name"] for joint in document["skins"][0]["joints"]]


# Bones of the body, and what they are called in the rigs that retargeting tools know.
KNOWN = {
    "root": ("spine", "mixamorig:Hips"),
    "spine03": ("spine.002", "mixamorig:Spine1"),
    "spine04": ("spine04", "spine04"),
    "head": ("spine.006", "mixamorig:Head"),
    "clavicle.R": ("shoulder.R", "mixamorig:RightShoulder"),
    "upperarm01.L": ("upper_arm.L", "mixamorig:LeftArm"),
    "upperarm02.L": ("upper_arm.L.001", "upperarm02.L"),
    "wrist.R": ("hand.R", "mixamorig:RightHand"),
    "finger1-1.L": ("thumb.01.L", "mixamorig:LeftHandThumb1"),
    "finger5-3.R": ("f_pinky.03.R", "mixamorig:RightHandPinky3"),
    "lowerleg01.L": ("shin.L", "mixamorig:LeftLeg"),
    "toe1-1.R": ("toe.R", "mixamorig:RightToeBase"),
}


def test_joints_have_rigify_s_names(job: Job, tmp_path: Path) -> None:
    found = dict(zip(Character.load(job).skeleton.names.tolist(), joints(glb(job, tmp_path)), strict=True))
    assert {name: found[name] for name in KNOWN} == {name: rigify for name, (rigify, _) in KNOWN.items()}


def test_joints_have_the_names_that_are_asked_for(job: Job, tmp_path: Path) -> None:
    names = Character.load(job).skeleton.names.tolist()
    found = dict(zip(names, joints(glb(job, tmp_path, "--bones", "mixamo")), strict=True))
    assert {name: found[name] for name in KNOWN} == {name: mixamo for name, (_, mixamo) in KNOWN.items()}
    assert joints(glb(job, tmp_path, "--bones", "makehuman")) == names
    assert main(["export", str(job.folder), "--format", "glb", "--output", str(tmp_path), "--bones", "unity"]) == 2


def glb(job: Job, folder: Path, *options: str) -> Path:
    """What the command writes."""
    assert main(["export", str(job.folder), "--format", "glb", "--output", str(folder), *options]) == 0
    return folder / "Anna & Ben.glb"


@pytest.mark.parametrize("options", [["--format", "obj"], ["--format", "glb", "--morph"]])
def test_names_of_joints_are_for_a_skin_alone(job: Job, tmp_path: Path, options: list[str], capsys) -> None:
    assert main(["export", str(job.folder), "--output", str(tmp_path), "--bones", "mixamo", *options]) == 2
    assert "--format glb without --morph" in capsys.readouterr().out


@pytest.mark.parametrize("bones", BONE_NAMES)
def test_with_any_names_blender_shows_the_same(job: Job, tmp_path: Path, bones: str) -> None:
    path = export_job(job, "glb", tmp_path, SilentEvents(), bones=bones)
    shown = seen_by_blender(path, SECONDS, tmp_path)["vertices"]
    character = Character.load(job)
    chosen = split_corners(character.triangles, character.uv, character.uv_triangles).vertices
    assert np.linalg.norm(shown - character.vertices[:][:, chosen], axis=2).mean() < 1e-4


def test_too_many_morph_targets_are_refused(job: Job, tmp_path: Path) -> None:
    many = Job(tmp_path / "long.restage", job.record)
    for path in job.character_folder.iterdir():
        with atomic_write(many.character_folder / path.name) as stream:
            stream.write(path.read_bytes())
    numbers = np.arange(301, dtype=np.int32)
    np.save(many.character_frames_path, numbers)
    np.save(many.character_vertices_path, np.zeros((301, *np.load(job.character_vertices_path).shape[1:]), np.float32))
    with np.load(job.skeleton_path) as values:
        skeleton = dict(values)
    for name in ("rotations", "translation"):
        skeleton[name] = np.resize(skeleton[name], (301, *skeleton[name].shape[1:]))
    np.savez(many.skeleton_path, **skeleton)
    many.record.frames |= {int(n): FrameRecord(n / 30) for n in numbers if int(n) not in many.record.frames}
    with pytest.raises(RestageError, match="--morph"):
        export_job(many, "glb", tmp_path, SilentEvents(), morph=True)


def test_a_job_without_a_character_says_so(tmp_path: Path, job: Job) -> None:
    with pytest.raises(RestageError) as caught:
        export_job(Job(tmp_path / "empty.restage", job.record), "glb", tmp_path, SilentEvents())
    assert caught.value.code == "character_missing"
