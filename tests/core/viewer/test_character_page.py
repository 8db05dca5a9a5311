"""The character on the result page: packed small, textured, comparable with the picture, in a real browser."""

import html
import json
import re
import shutil

import numpy as np
import pytest

from core.character.files import Skeleton, write_character
from core.job import Job
from core.picture import read_picture, write_png
from core.viewer import write_page
from core.viewer.page import CHARACTER_FILE
from tests.core.synthetic_job import STEP, make_job, mannequin
from tests.core.viewer.browser import open_page
from tests.core.viewer.test_page import chunk_bytes, extent, manifest

COUNT, MAGENTA = 30, (255, 0, 255)


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> Job:
    """Thirty frames of the mannequin, whose character is the mannequin itself, painted magenta above v = 0.5 and green
    below; unlike its meshes, it has the frame that shows nobody too."""
    job = make_job(tmp_path_factory.mktemp("page") / "mannequin.restage", COUNT, "mannequin")
    vertices, faces = mannequin()
    walk = np.zeros((COUNT + 1, 1, 3))
    walk[:, 0, 0] = STEP * (np.arange(COUNT + 1) - COUNT / 2)
    height = (vertices[:, 1] - vertices[:, 1].min()) / np.ptp(vertices[:, 1])
    template = {
        "positions": vertices.astype(np.float32), "triangles": faces.astype(np.int32),
        "uv": np.stack([np.full(len(vertices), 0.5), height], axis=1).astype(np.float32),
        "uv_triangles": faces.astype(np.int32),
    }  # fmt: skip
    one = np.zeros((1, 3), np.float32)
    skeleton = Skeleton(
        names=np.array(["root"]), parents=np.array([-1], np.int32), heads=one, tails=one + 1,
        weights_index=np.zeros((len(vertices), 1), np.int32), weights=np.ones((len(vertices), 1), np.float32),
        rotations=np.zeros((COUNT + 1, 1, 3), np.float32), translation=walk[:, 0].astype(np.float32), scale=1.0,
    )  # fmt: skip
    numbers = np.arange(10, 11 + COUNT, dtype=np.int32)
    write_character(job, template, numbers, (vertices + walk).astype(np.float32), skeleton)
    picture = np.zeros((64, 64, 3), np.uint8)
    picture[:32], picture[32:] = MAGENTA, (0, 255, 0)
    write_png(job.character_texture_path, picture)
    write_page(job)
    return job


def test_the_character_is_a_track_of_its_own(job: Job) -> None:
    tracks = {"frames": [], "character": []}
    for chunk in manifest(job)["chunks"]:
        tracks[chunk["track"]] += chunk["frames"]
    assert tracks["character"] == list(range(10, 11 + COUNT))
    assert tracks["frames"] == [n for n in range(10, 11 + COUNT) if n != 9 + COUNT]


def test_frames_after_the_first_are_differences(job: Job) -> None:
    index = next(i for i, chunk in enumerate(manifest(job)["chunks"]) if chunk["track"] == "character")
    chunk, data = manifest(job)["chunks"][index], chunk_bytes(job, index)
    count, faces = np.frombuffer(data, "<u4", 2)
    second = 8 + 9 * count + 12 * faces
    assert np.frombuffer(data, "<u4", 2, second).tolist() == [count, 0]
    planes = np.frombuffer(data, np.uint8, 6 * count, second + 8).reshape(2, 3, count).astype(np.int32)
    moved = (planes[0] | planes[1] << 8) * np.array(chunk["step"])[:, None]
    assert np.abs(moved - [[STEP], [0.0], [0.0]]).max() < 2e-4


def test_without_a_character_nothing_of_it_is_left(tmp_path) -> None:
    job = make_job(tmp_path / "mannequin.restage", 3)
    (job.folder / "page").mkdir()
    (job.folder / "page" / CHARACTER_FILE).write_text("old")
    write_page(job)
    assert "texture" not in manifest(job)
    assert not (job.folder / "page" / CHARACTER_FILE).exists()


def canvas_boxes(shot: np.ndarray, left: int) -> np.ndarray:
    """The boxes of what is magenta and of what is green, columns and rows."""
    panel = shot[60:480, left:].astype(int)
    kinds = (panel[..., 0] > 200) & (panel[..., 1] < 60), (panel[..., 1] > 200) & (panel[..., 0] < 60)
    return np.array([[extent(kind.any(axis=0)), extent(kind.any(axis=1))] for kind in kinds])


def test_a_browser_paints_the_texture_the_right_way_up(job: Job, tmp_path) -> None:
    open_page(job, tmp_path, "frame=25", f"--screenshot={tmp_path / 'page.png'}")
    magenta, green = canvas_boxes(read_picture(tmp_path / "page.png"), 510)
    assert np.ptp(magenta[1]) > 60 and np.ptp(green[1]) > 60
    # The upper half of the person lies above the lower.
    assert 0 <= green[1, 0] - magenta[1, 1] <= 10


def test_without_the_texture_the_normal_map_leans_towards_the_light(job: Job, tmp_path) -> None:
    """The light comes from the upper right; flat maps that lean one way or the other are seen from the front."""
    leaning = Job(tmp_path / "leaning.restage", job.record)
    shutil.copytree(job.folder, leaning.folder)
    with np.load(job.template_path) as arrays:
        template = dict(arrays)
    places = template["positions"][:, :2]
    template["uv"] = ((places - places.min(axis=0)) / np.ptp(places, axis=0)).astype(np.float32)
    np.savez(leaning.template_path, **template)
    brightness = {}
    for x, y in ((0, 0), (90, 0), (-90, 0), (0, 90), (0, -90)):
        write_png(leaning.character_normals_path, np.full((16, 16, 3), (128 + x, 128 + y, 218), np.uint8))
        write_page(leaning)
        shot = tmp_path / f"{x}_{y}.png"
        open_page(leaning, tmp_path, "frame=25&texture=off&view=front", f"--screenshot={shot}")
        panel = read_picture(shot)[60:480, 510:].astype(int)
        grey = (np.ptp(panel, axis=2) < 6) & (panel.min(axis=2) > 55)
        brightness[x, y] = float(panel[grey].mean())
    assert brightness[90, 0] > brightness[-90, 0] + 20
    assert brightness[0, 90] > brightness[0, -90] + 20
    assert brightness[90, 0] > brightness[0, 0] > brightness[-90, 0]


def test_the_frames_own_meshes_can_be_chosen(job: Job, tmp_path) -> None:
    assert 'data-track="frames"' in open_page(job, tmp_path, "frame=25&shape=frames", "--dump-dom")
    page = open_page(job, tmp_path, f"frame={9 + COUNT}", "--dump-dom")
    assert 'data-track="character"' in page and f'data-mesh="{9 + COUNT}"' in page
    assert 'data-texture="ready"' in page


def test_the_wipe_lays_the_picture_over_the_person(job: Job, tmp_path) -> None:
    open_page(job, tmp_path, "frame=25&picture=wipe", f"--screenshot={tmp_path / 'page.png'}")
    shot = read_picture(tmp_path / "page.png").astype(int)
    # The picture's background shows left of the middle and nowhere else.
    background = np.abs(shot[60:400] - (90, 110, 130)).sum(axis=2) < 60
    columns = np.flatnonzero(background.mean(axis=0) > 0.2)
    assert len(columns) > 50 and columns.max() <= 502
    magenta, _ = canvas_boxes(shot.astype(np.uint8), 0)
    # Half of the person is the character, which begins where the picture ends.
    assert abs(magenta[0, 0] - 501) <= 3


DRIVE = """
<script>
const drag = (kind, x, y, more = {}) => canvas.dispatchEvent(
  new PointerEvent(kind, { pointerId: 1, clientX: x, clientY: y, button: 0, buttons: 1, bubbles: true, ...more }));
canvas.setPointerCapture = () => {};
const press = (key) => document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
const report = {};
press("End"); report.end = frames[position].number;
press("ArrowLeft"); report.left = frames[position].number;
drag("pointerdown", 700, 200); drag("pointermove", 750, 200); drag("pointerup", 750, 200);
report.turned = throughClip ? 0 : orbit.yaw;
const far = orbit.distance;
drag("pointerdown", 700, 200, { pointerId: 1 }); drag("pointerdown", 740, 200, { pointerId: 2 });
drag("pointermove", 780, 200, { pointerId: 2 });
report.pinched = orbit.distance / far;
drag("pointerup", 700, 200, { pointerId: 1 }); drag("pointerup", 780, 200, { pointerId: 2 });
press("c"); report.clip = throughClip;
press("m"); report.track = track;
press("p"); report.compare = document.querySelector("main").className;
press("t"); report.textured = element("textured").checked;
document.body.dataset.report = JSON.stringify(report);
</script>"""


def test_keys_mouse_and_two_fingers_work(job: Job, tmp_path) -> None:
    path = job.folder / "driven.html"
    path.write_text(job.page_path.read_text("utf-8").replace("</body>", f"{DRIVE}</body>"), encoding="utf-8")
    page = open_page(job, tmp_path, "frame=12", "--dump-dom", page=path)
    report = json.loads(html.unescape(re.search(r'data-report="([^"]*)"', page)[1]))
    assert report["end"] == 10 + COUNT and report["left"] == 9 + COUNT
    assert report["turned"] == pytest.approx(-50 * 0.008, abs=1e-6)
    assert report["pinched"] == pytest.approx(0.5)
    assert report["clip"] and report["track"] == "frames" and report["compare"] == "wipe" and not report["textured"]


def test_a_phone_sees_person_and_controls(job: Job, tmp_path) -> None:
    open_page(job, tmp_path, "frame=25&picture=off", f"--screenshot={tmp_path / 'page.png'}", size="500,900")
    shot = read_picture(tmp_path / "page.png")
    magenta, green = canvas_boxes(shot, 0)
    assert np.ptp(magenta[0]) > 80 and np.ptp(green[1]) > 80
    # Controls lie below, lighter than what is behind them.
    assert (shot[650:].max(axis=2) > 90).mean() > 0.05
