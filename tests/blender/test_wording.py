"""What the engine says for its command line, in the words of the panel."""

import ast
import json
import re
from collections.abc import Iterator

import bpy
import pytest

from tests.blender.walk import ROOT

# What only commands reach: training, judging, files for other programs, and jobs that options alone make.
COMMANDS = ("training", "dataset", "evaluation", "export", "__main__.py", "job_commands.py", "reconstruct_command.py")
COMMANDS += ("preview/contact_sheet.py", "person/openpose.py", "pamir/stage.py", "viewer/page.py")
CORE = ROOT / "core"


def sentences() -> Iterator[str]:
    """Every error of the engine that a run from the panel may end with."""
    for path in sorted(CORE.rglob("*.py")):
        if path.relative_to(CORE).as_posix().startswith((*COMMANDS, "engine")):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "RestageError":
                yield from (
                    ast.unparse(value) if not isinstance(value, ast.JoinedStr) else joined(value)
                    for value in node.args[1:2]
                )


def joined(text: ast.JoinedStr) -> str:
    return "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in text.values)


def test_no_sentence_in_the_panel_names_an_option_of_the_command_line(extension) -> None:
    words = extension.scene.wording.panel_words
    named = [text for text in sentences() if re.search(r"--[a-z]", text)]
    assert len(named) > 10
    assert not [text for text in named if re.search(r"--[a-z]", words(text))]


def test_every_word_is_one_that_the_engine_says(extension) -> None:
    code = "".join(re.sub(r'"\s*f?"', "", path.read_text(encoding="utf-8")) for path in CORE.rglob("*.py"))
    assert not [option for option, _ in extension.scene.wording.WORDS if option not in code]


def test_everything_that_the_panel_says_goes_through_them(extension, make_job) -> None:
    said, shown = "It is one? Then insist with --person 1.", "It is one? Then press It Is a Person."
    answer = extension.scene.probe.read_answer(json.dumps({"works": False, "remarks": [said]}))
    assert answer.problem == shown
    extension.scene.session.finish(said, failed=True)
    assert extension.scene.session.current.message == shown
    job = make_job()
    (job.folder / "job.json").write_text("{")
    assert "--restart" not in "".join(extension.scene.job_state.state_of(job.folder).text)
    with pytest.raises(RuntimeError) as caught:
        bpy.ops.restage.import_job(filepath=str(job.folder / "job.json"))
    assert "after deleting the job folder" in str(caught.value)
