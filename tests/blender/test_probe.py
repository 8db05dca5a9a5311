"""What the engine says about a clip, as the panel takes it."""

import json
from types import SimpleNamespace


def test_answers_are_values_or_a_problem(extension) -> None:
    read = extension.scene.probe.read_answer
    values = {"width": 640, "works": True, "people": [{"id": 1}], "remarks": []}
    assert read(json.dumps(values)).people == [{"id": 1}]
    assert read(json.dumps(values)).problem == ""
    nobody = read(json.dumps({"width": 640, "works": False, "people": [], "remarks": ["No person was found."]}))
    assert nobody.problem == "No person was found." and nobody.values["width"] == 640 and nobody.refused
    assert not nobody.suspects
    doubted = {"width": 640, "works": False, "people": [], "suspects": [{"id": 1}], "remarks": ["No."]}
    assert read(json.dumps(doubted)).suspects == [{"id": 1}]
    broken, silent = read("error: It is not a video.\n"), read("")
    assert broken.problem == "It is not a video." and broken.refused
    assert silent.problem == "The clip could not be looked at" and not silent.refused
    assert not read(json.dumps(values)).refused


def test_nothing_is_asked_without_a_window(extension, tmp_path) -> None:
    clip = tmp_path / "walk.mp4"
    clip.write_bytes(b"film")
    extension.scene.probe.ask(clip)
    assert extension.scene.probe.answer(clip) is None
    assert extension.scene.probe.answer(tmp_path / "gone.mp4") is None


def test_pictures_are_looked_at_once_their_rate_is_known(extension, tmp_path, monkeypatch) -> None:
    probe, asked = extension.scene.probe, []

    def start(command: list[str], *_others: object) -> None:
        asked.append(command)
        raise extension.core.errors.RestageError("engine_broken", "Not now.")

    monkeypatch.setattr(probe, "bpy", SimpleNamespace(app=SimpleNamespace(background=False)))
    monkeypatch.setattr(probe, "stop", lambda: None)
    monkeypatch.setattr(probe, "quiet_process", start)
    monkeypatch.setattr(extension.scene.engine, "is_ready", lambda groups=("worker",): True)
    monkeypatch.setattr(extension.scene.engine, "engine_python", lambda: tmp_path / "python")
    probe.ask(tmp_path)
    assert not asked and probe.answer(tmp_path) is None
    probe.ask(tmp_path, 25.0)
    assert asked[0][-3:] == [str(tmp_path), "--rate", "25"]
    assert probe.answer(tmp_path, 25.0).problem == "Not now." and probe.answer(tmp_path) is None


def test_an_engine_that_does_not_start_is_a_problem_to_read(extension, tmp_path, monkeypatch) -> None:
    clip, python = tmp_path / "walk.mp4", tmp_path / "python"
    clip.write_bytes(b"film")
    python.touch(0o644)
    probe = extension.scene.probe
    monkeypatch.setattr(probe, "bpy", SimpleNamespace(app=SimpleNamespace(background=False)))
    monkeypatch.setattr(probe, "stop", lambda: None)
    monkeypatch.setattr(extension.scene.engine, "is_ready", lambda groups=("worker",): True)
    monkeypatch.setattr(extension.scene.engine, "engine_python", lambda: python)
    probe.ask(clip)
    assert f"{python} does not start" in probe.answer(clip).problem
    # A new try may end otherwise.
    probe._answers[probe._key(clip)] = probe.Answer(problem="It is not a video.", refused=True)
    probe.ask(clip)
    assert f"{python} does not start" in probe.answer(clip).problem and not probe.answer(clip).refused
