"""Whatever is greyed says why: a button in its tooltip, everything else in a line of its panel; what is only dimmed,
and can still be changed, in its description."""

import shutil
from collections.abc import Callable, Iterator

import bpy
import pytest

from tests.blender.panel_states import STATES, Stage
from tests.blender.recorder import Memory

# What a layout may grey, and words of the line, or of the description, that says why.
REASONS = {
    "clip": "while the engine works",
    "rate": "while the engine works",
    "use_moving_texture": "needs Character",
    "texture_size": "needs Character",
    "use_video": "needs Character",
    "turntable_": "while it renders",
    "Speed": "Retime",
    "Offset": "Retime",
    "Clip Frame": "Retime",
}


@pytest.fixture(autouse=True)
def _nothing_stays(extension) -> Iterator[None]:
    yield
    leave(extension)
    bpy.context.preferences.addons[extension.__name__].preferences.pamir_accepted = False


@pytest.fixture
def stage(extension, monkeypatch: pytest.MonkeyPatch, make_job, tmp_path) -> Stage:
    return Stage(extension, monkeypatch, make_job, tmp_path)


@pytest.fixture
def drawn_panels(record) -> Callable[[], dict[str, Memory]]:
    """Every panel that shows now, and the preferences."""

    def draw() -> dict[str, Memory]:
        panels = [name for name in all_panels() if shows(getattr(bpy.types, name))]
        return {name: record(name).memory for name in [*panels, "preferences"]}

    return draw


def leave(extension) -> None:
    """End what a state pretends to run."""
    extension.scene.session.stop()
    extension.scene.turntable_run.current = None


def all_panels() -> list[str]:
    return [name for name in dir(bpy.types) if name.startswith("RESTAGE_PT_")]


def shows(panel: type) -> bool:
    return not hasattr(panel, "poll") or panel.poll(bpy.context)


def refusal(name: str) -> str:
    """The words in which an operator refuses to run now; empty where it would run."""
    namespace, _, operator = name.partition(".")
    call = getattr(getattr(bpy.ops, namespace), operator)
    if call.poll():
        return ""
    with pytest.raises(RuntimeError) as caught:
        call()
    return str(caught.value)


def assert_says_why(name: str, message: str) -> None:
    assert "context is incorrect" not in message and len(message.split("poll()")[-1]) > 12, f"{name}: {message}"


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_every_button_that_is_disabled_says_why(state: Callable[[Stage], None], stage: Stage, drawn_panels) -> None:
    state(stage)
    described = {name: description for name, _, _, description in stage.extension.scene.playback.INPUTS}
    for panel, memory in drawn_panels().items():
        for control in memory.controls:
            where = f"{control.name} in {panel}"
            if control.is_operator:
                assert not control.grey, f"{where} is greyed by its layout, so its tooltip says nothing"
                if message := refusal(control.name):
                    assert_says_why(where, message)
            elif control.grey:
                words = [words for name, words in REASONS.items() if control.name.startswith(name)]
                assert words, f"{where} is grey, and nothing tells this test which line says why"
                lines = " ".join([*memory.texts, described.get(control.name, "")])
                assert words[0] in lines, f"{where} is grey, and no line says why"


def test_in_an_empty_file_every_operator_that_refuses_says_why() -> None:
    messages = {name: refusal(f"restage.{name}") for name in dir(bpy.ops.restage)}
    refused = {name: message for name, message in messages.items() if message}
    for name, message in refused.items():
        assert_says_why(name, message)
    assert len(refused) >= 8


def test_the_states_show_every_panel_and_grey_what_they_are_meant_to(
    extension, monkeypatch: pytest.MonkeyPatch, make_job, tmp_path, drawn_panels
) -> None:
    """The test above would pass as well if nothing were drawn."""
    shown, grey, refused = set(), set(), set()
    for number, state in enumerate(STATES):
        with monkeypatch.context() as patch:
            bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True, app_template="")
            (tmp_path / str(number)).mkdir()
            state(Stage(extension, patch, make_job, tmp_path / str(number)))
            for panel, memory in drawn_panels().items():
                shown.add(panel)
                grey |= {control.name for control in memory.controls if control.grey}
                refused |= {item.name for item in memory.controls if item.is_operator and refusal(item.name)}
            leave(extension)
            shutil.rmtree(tmp_path / "jobs", ignore_errors=True)
    assert shown == {*all_panels(), "preferences"}
    assert {"clip", "use_moving_texture", "turntable_size"} <= grey
    assert {"restage.choose_person", "restage.export", "restage.reconstruct", "restage.resume_job"} <= refused
