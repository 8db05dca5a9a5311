"""The result page in time: it plays at the clip's rate, loops, is scrubbed, and holds few chunks of a long clip."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from core.job import FrameRecord, Job
from core.ply import write_ply
from core.viewer import write_page
from core.viewer.page import CHUNK_FRAMES
from tests.core.synthetic_job import RATE, STEP, make_job, mannequin
from tests.core.viewer import browser
from tests.core.viewer.browser import driven_page

LONG, FIRST, KEPT_CHUNKS, KEPT_PICTURES = 300, 10, 12, 40
NUMBER, PLAYING = "frames[position].number", "element('play').textContent === 'Pause'"
# Keeps every frame that is shown with the seconds played, the most chunks and pictures that the page ever held, and how
# often picture and mesh were of different frames.
WATCH = """
var shown = [], most = { chunks: 0, pictures: 0 }, apart = 0, played = 0, before = lastTick;
const look = () => {
  const now = { chunks: chunks.size, pictures: pictures.size };
  for (const name in most) most[name] = Math.max(most[name], now[name]);
  played += Math.min(LONGEST_STEP, (lastTick - before) / 1000);
  before = lastTick;
  if (shown.at(-1)?.position !== position) shown.push({ position, seconds: played });
  apart += !element("picture").getAttribute("src").includes(`/${String(document.body.dataset.mesh).padStart(6, "0")}.`);
  requestAnimationFrame(look);
};
look();
"""


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> Job:
    """Twelve frames and one that shows nobody: less than half a second."""
    job = make_job(tmp_path_factory.mktemp("short") / "mannequin.restage", 12)
    write_page(job)
    return job


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Job:
    """Ten seconds of the mannequin, with pictures that are copies of one."""
    job = make_job(tmp_path_factory.mktemp("long") / "mannequin.restage", 3)
    picture = job.picture_path(FIRST)
    vertices, faces = mannequin()
    colours = np.full((len(vertices), 3), 150, np.uint8)
    for number in range(FIRST, FIRST + LONG):
        job.record.frames[number] = FrameRecord(number / RATE)
        write_ply(job.mesh_path(number), vertices + (STEP * (number - FIRST - LONG / 2), 0.0, 0.0), faces, colours)
        if not job.picture_path(number).exists():
            shutil.copyfile(picture, job.picture_path(number))
    job.save()
    write_page(job)
    return job


@pytest.mark.parametrize("way", ["space", "button"])
def test_it_plays_at_the_clips_rate_and_stops(long: Job, tmp_path: Path, way: str) -> None:
    with driven_page(long, tmp_path) as tab:

        def toggle() -> None:
            tab.press(" ", "Space", " ") if way == "space" else tab.click("play")

        assert tab.evaluate(NUMBER) == FIRST and not tab.evaluate(PLAYING)
        # The clock stands while a chunk is loading, so that those of the first two seconds are there before.
        tab.evaluate("for (let index = 0; index < 8; index++) loadChunk(index)")
        tab.wait_for("[...chunks.values()].every(Boolean)")
        tab.evaluate(WATCH)
        toggle()
        assert tab.evaluate(PLAYING)
        tab.wait_for(f"{NUMBER} > {FIRST + 45}")
        shown = tab.evaluate("shown.filter((one) => one.position > 0)")
        toggle()
        stopped = tab.evaluate(NUMBER)
        assert not tab.evaluate(PLAYING)
        tab.wait_for(f"document.body.dataset.frame === '{stopped}'")
        tab.evaluate("new Promise((resolve) => setTimeout(resolve, 300))")
        assert tab.evaluate(NUMBER) == stopped
    positions = [one["position"] for one in shown]
    assert positions == sorted(set(positions))
    seconds = shown[-1]["seconds"] - shown[0]["seconds"]
    assert (positions[-1] - positions[0]) / RATE == pytest.approx(seconds, abs=2 / RATE)


def test_it_begins_again_at_the_end(short: Job, tmp_path: Path) -> None:
    with driven_page(short, tmp_path) as tab:
        # Slowly, since a busy machine leaves out up to a quarter of a second.
        tab.evaluate("element('speed').value = '0.25'")
        tab.evaluate(WATCH)
        tab.press(" ", "Space", " ")
        tab.wait_for("shown.filter((one, i) => i && one.position < shown[i - 1].position).length >= 2")
        positions = [one["position"] for one in tab.evaluate("shown")]
    turns = [i for i in range(1, len(positions)) if positions[i] < positions[i - 1]]
    # Software graphics may leave frames out, but a round begins in the first and ends in the last frames.
    assert all(positions[turn] <= 4 and positions[turn - 1] >= 8 for turn in turns)


def test_speed_slows_it_down(short: Job, tmp_path: Path) -> None:
    with driven_page(short, tmp_path) as tab:
        tab.evaluate("element('speed').value = '0.25'")
        tab.evaluate(WATCH)
        tab.press(" ", "Space", " ")
        tab.wait_for("position >= 8")
        shown = tab.evaluate("shown.filter((one) => one.position > 0)")
    frames, seconds = (shown[-1][name] - shown[0][name] for name in ("position", "seconds"))
    assert frames / RATE <= 0.25 * seconds + 2 / RATE


def test_picture_and_person_stay_together_while_chunks_are_slow(long: Job, tmp_path: Path) -> None:
    slow = "const quick = restageChunk; restageChunk = (...chunk) => setTimeout(() => quick(...chunk), 500)"
    busy = "setTimeout(() => { const end = performance.now() + 600; while (performance.now() < end); }, 200)"
    with driven_page(long, tmp_path) as tab:
        tab.evaluate(slow)
        tab.evaluate(WATCH)
        tab.press(" ", "Space", " ")
        tab.evaluate(busy)
        tab.wait_for(f"position > {5 * CHUNK_FRAMES}")
        positions = [one["position"] for one in tab.evaluate("shown")]
        assert tab.evaluate("apart") == 0
    # However long it was busy, it leaves out no more than a quarter of a second.
    assert np.diff(positions).max() <= 0.25 * RATE + 1


def test_the_slider_scrubs_and_space_plays_on_from_there(long: Job, tmp_path: Path) -> None:
    with driven_page(long, tmp_path) as tab:
        tab.click("scrub", along=0.7)
        number = tab.evaluate(NUMBER)
        assert number == pytest.approx(FIRST + 0.7 * LONG, abs=6)
        tab.wait_for(f"document.body.dataset.mesh === '{number}'")
        tab.press("ArrowLeft", "ArrowLeft")
        assert tab.evaluate(NUMBER) == number - 1
        # The slider has the focus now.
        tab.press(" ", "Space", " ")
        assert tab.evaluate(PLAYING)
        tab.wait_for(f"{NUMBER} > {number + 5}")


def test_switching_often_runs_one_clock(short: Job, tmp_path: Path) -> None:
    ticks = (
        "new Promise((resolve) => { let count = 0; const own = requestAnimationFrame;"
        " requestAnimationFrame = (step) => { count += step === tick; return own(step); };"
        " let left = 11; const next = () => left-- ? own(next) : resolve(count); own(next); })"
    )
    with driven_page(short, tmp_path) as tab:
        tab.evaluate("for (let i = 0; i < 7; i++) element('play').click()")
        assert tab.evaluate(PLAYING)
        # Two clocks would tick twice as often as pictures are drawn.
        assert tab.evaluate(ticks) < 20


def test_a_long_clip_is_loaded_as_it_is_needed_and_forgotten_again(long: Job, tmp_path: Path) -> None:
    chunks = -(-LONG // CHUNK_FRAMES)
    assert len(list((long.folder / "page").glob("chunk_*.js"))) == chunks > 3 * KEPT_CHUNKS
    with driven_page(long, tmp_path) as tab:
        tab.wait_for("[...chunks.values()].every(Boolean)")
        assert sorted(tab.evaluate("[...chunks.keys()]")) == [0, 1]
        tab.evaluate(WATCH)
        for position in range(0, LONG, CHUNK_FRAMES):
            tab.evaluate(f"seek({position})")
            tab.wait_for(f"document.body.dataset.mesh === '{FIRST + position}'")
        held = tab.evaluate("[...chunks.keys()]")
        assert len(held) <= KEPT_CHUNKS and min(held) > 0 and chunks - 1 in held
        # What was forgotten comes again.
        tab.press("Home", "Home")
        tab.wait_for(f"document.body.dataset.mesh === '{FIRST}'")
        # The slider is torn through the whole clip and back, faster than chunks come.
        sizes = tab.evaluate("Array.from({ length: 600 }, (_, i) => (seek(i < 300 ? i : 599 - i), chunks.size))")
        assert max(sizes) <= KEPT_CHUNKS
        tab.evaluate("seek(150)")
        tab.wait_for(f"document.body.dataset.mesh === '{FIRST + 150}' && [...chunks.values()].every(Boolean)")
        assert tab.evaluate("chunks.size") <= KEPT_CHUNKS
        assert tab.evaluate("document.head.querySelectorAll('script').length") == 0
        most = tab.evaluate("most")
    assert most["chunks"] == KEPT_CHUNKS and most["pictures"] <= KEPT_PICTURES


def test_a_missing_browser_is_said_aloud(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(browser, "find_browser", lambda: None)
    asked: list[list[str]] = []
    monkeypatch.setattr(browser, "install_packages", lambda names, report: asked.append(names))
    monkeypatch.delenv(browser.REQUIRED, raising=False)
    assert browser.main() == 1 and asked == [["chromium"]]
    assert capsys.readouterr().out.startswith("The browser tests did not run: there is no Chromium")
    with pytest.raises(pytest.skip.Exception, match="did not run"):
        browser.needed_browser()
    monkeypatch.setenv(browser.REQUIRED, "1")
    with pytest.raises(pytest.fail.Exception, match="did not run"):
        browser.needed_browser()
