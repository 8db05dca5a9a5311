"""The result page: what is written, that it unpacks to the meshes it was made from, and that a browser shows it."""

import base64
import json
import re
import shutil
import zlib
from dataclasses import replace

import numpy as np
import pytest
import trimesh
from scipy.spatial.transform import Rotation

from core.camera_file import read_still_world, write_camera
from core.errors import RestageError
from core.picture import read_picture
from core.ply import read_ply
from core.viewer import write_page
from core.viewer.chunk import KEPT_FACES, PAGE_FACES, PageMesh, faces_per_frame, reduce_mesh
from tests.core.synthetic_job import make_job
from tests.core.viewer.browser import open_page

NAME = 'A "clip" </script><script>document.title="broken"</script> & @@DATA@@'


@pytest.fixture(scope="module")
def job(tmp_path_factory):
    return make_job(tmp_path_factory.mktemp("page") / "mannequin.restage", 12, NAME)


@pytest.fixture(scope="module")
def carried(tmp_path_factory):
    """The same before a camera that pans and is carried sideways."""
    job = make_job(tmp_path_factory.mktemp("carried") / "mannequin.restage", 12)
    numbers, share = job.person_frames(), np.linspace(0.0, 1.0, 12)[:, None]
    turns = Rotation.from_euler("y", 30.0 * share, degrees=True).as_matrix()
    write_camera(job.world_turns_path, dict(zip(numbers, turns, strict=True)), share * [0.3, 0.0, 0.0])
    return job


def manifest(job) -> dict:
    return json.loads(re.search(r"^const restage = (.*);$", job.page_path.read_text("utf-8"), re.M)[1])


def chunk_bytes(job, index: int) -> bytes:
    text = (job.folder / manifest(job)["chunks"][index]["file"]).read_text("ascii")
    number, data = re.fullmatch(r'restageChunk\((\d+), "([A-Za-z0-9+/=]+)"\);\n', text).groups()
    assert int(number) == index
    return zlib.decompress(base64.b64decode(data))


def first_vertices(chunk: dict, data: bytes) -> np.ndarray:
    """(V, 3) of the first mesh of a chunk."""
    count = int(np.frombuffer(data, "<u4", 1)[0])
    planes = np.frombuffer(data, np.uint8, 6 * count, 8).reshape(2, 3 * count).astype(np.uint16)
    steps = np.cumsum(planes[0] | planes[1] << 8, dtype=np.uint16).reshape(3, count).T
    return steps * np.array(chunk["step"]) + chunk["low"]


def test_names_from_the_job_stay_text(job):
    page = write_page(job).read_text("utf-8")
    assert page.count("</script>") == 1 and page.count("<script>") == 1
    assert manifest(job)["name"] == NAME


def test_first_frame_of_a_chunk_unpacks_to_its_mesh(job):
    write_page(job)
    vertices, faces, colours = read_ply(job.mesh_path(10))
    chunk, data = manifest(job)["chunks"][0], chunk_bytes(job, 0)
    count, face_count = np.frombuffer(data, "<u4", 2)
    assert (count, face_count) == (len(vertices), len(faces))
    assert np.abs(first_vertices(chunk, data) - vertices).max() < 1e-4
    unpacked = np.cumsum(np.frombuffer(data, np.uint8, 3 * count, 8 + 6 * count), dtype=np.uint8)
    assert np.array_equal(unpacked.reshape(3, count).T, colours)
    planes = np.frombuffer(data, np.uint8, 12 * face_count, 8 + 9 * count).reshape(4, -1).astype(np.uint32)
    corners = np.cumsum(sum(plane << 8 * i for i, plane in enumerate(planes)), dtype=np.uint32)
    assert np.array_equal(corners.reshape(-1, 3), faces)
    # The mannequin keeps its faces, so the frames after the first do not repeat them.
    assert np.frombuffer(data, "<u4", 2, 8 + 9 * count + 12 * face_count).tolist() == [count, 0]


def test_all_frames_of_the_clip_are_on_the_timeline_and_meshes_in_chunks(job):
    write_page(job)
    values = manifest(job)
    assert [frame["number"] for frame in values["frames"]] == list(range(10, 23))
    assert [n for chunk in values["chunks"] for n in chunk["frames"]] == [*range(10, 21), 22]
    assert values["frames"][11]["status"] == "no_person" and values["frames"][11]["picture"] is None
    assert values["frames"][0]["picture"] == "clip/000010.jpg"


def test_before_a_camera_that_moves_the_person_stands_in_a_world_that_does_not(carried):
    write_page(carried)
    world, camera = read_still_world(carried), carried.camera()
    found = manifest(carried)
    for index, chunk in enumerate(found["chunks"]):
        number = chunk["frames"][0]
        vertices, shown = read_ply(carried.mesh_path(number))[0], first_vertices(chunk, chunk_bytes(carried, index))
        assert np.abs(shown - world.from_world(vertices, number)).max() < 1e-4
        (row,) = (row for row, frame in enumerate(found["frames"]) if frame["number"] == number)
        seen = replace(camera, camera_to_world=np.array(found["camera"]["toWorld"][row])).project(shown)
        assert np.abs(seen - camera.project(vertices)).max() < 0.1
    # The mannequin walks by 0.11 m; the camera goes 0.3 m and pans by 30 degrees.
    assert np.subtract(found["high"], found["low"])[0] > 2.0


def test_a_shorter_page_leaves_no_old_chunks(tmp_path):
    job = make_job(tmp_path / "mannequin.restage", 10)
    write_page(job)
    assert len(list((job.folder / "page").iterdir())) == 2
    for number in (18, 20, 17, 16):
        job.mesh_path(number).unlink(missing_ok=True)
    write_page(job)
    assert [path.name for path in (job.folder / "page").iterdir()] == ["chunk_000.js"]


def test_large_meshes_are_reduced_and_keep_shape_and_colour():
    sphere = trimesh.creation.icosphere(subdivisions=6)
    colours = (np.asarray(sphere.vertices) * 100 + 128).astype(np.uint8)
    reduced = reduce_mesh(PageMesh(np.asarray(sphere.vertices), np.asarray(sphere.faces), colours), 20_000)
    assert len(sphere.faces) > KEPT_FACES and len(reduced.faces) <= 20_000
    assert np.abs(np.linalg.norm(reduced.vertices, axis=1) - 1.0).max() < 0.005
    assert np.abs(reduced.colours - (reduced.vertices * 100 + 128)).mean() < 3


def test_longer_clips_get_smaller_meshes():
    assert 200 * faces_per_frame(200) <= PAGE_FACES < 400 * faces_per_frame(200)
    assert faces_per_frame(20) > faces_per_frame(200) > faces_per_frame(1000) > 10_000


def test_a_job_without_meshes_says_what_to_do(tmp_path):
    job = make_job(tmp_path / "mannequin.restage", 3)
    shutil.rmtree(job.folder / "frames")
    with pytest.raises(RestageError, match="--resume"):
        write_page(job)


def extent(line: np.ndarray) -> list[int]:
    """First and last true place."""
    places = np.flatnonzero(line)
    return [places[0], places[-1]]


@pytest.mark.parametrize("filmed", ["job", "carried"])
def test_a_browser_shows_the_mesh_over_the_person(request, filmed, tmp_path):
    job = request.getfixturevalue(filmed)
    write_page(job)
    open_page(job, tmp_path, "frame=19", f"--screenshot={tmp_path / 'page.png'}")
    shot = read_picture(tmp_path / "page.png").astype(int)
    left, right = shot[60:480, 5:490], shot[60:480, 510:995]
    # Both panels are alike, so the person and the mesh cover the same pixels of them.
    outside = [np.abs(left - colour).sum(axis=2) < 60 for colour in ((90, 110, 130), (42, 45, 49))]
    person = ~(outside[0] | outside[1])
    mesh = right.max(axis=2) > 105
    # Shadows of the picture's person resemble its background, so boxes are compared and not pixels.
    boxes = np.array([[extent(seen.any(axis=0)), extent(seen.any(axis=1))] for seen in (person, mesh)])
    sizes = np.ptp(boxes, axis=2)
    assert sizes.min() > 150 and np.abs(sizes[0] - sizes[1]).max() <= 5
    assert np.abs(boxes[0] - boxes[1]).max() <= 8


def test_a_frame_without_a_person_holds_the_one_before_and_later_chunks_load(job, tmp_path):
    write_page(job)
    page = open_page(job, tmp_path, "frame=21", "--dump-dom")
    assert 'data-frame="21"' in page and 'data-mesh="20"' in page
    assert "Frame 21: no person found; showing 20" in page
    assert "<title>A &quot;clip&quot;" in page or '<title>A "clip" &lt;/script&gt;' in page
