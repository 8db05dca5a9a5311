import io
import json
import os

import pytest

from core.events import JsonEvents, SilentEvents, TextEvents, Unheard, progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def tell(events: TextEvents | JsonEvents) -> None:
    events.emit("stage", stage="body", index=2, count=6, skipped=False)
    events.emit("frame", stage="body", done=1, count=2)
    events.emit("frame", stage="body", done=2, count=2)
    events.emit("warning", message="Zwölf\nFrames")
    events.emit("done", files={"page": "a/index.html"})


def test_json_is_one_object_a_line() -> None:
    stream = io.StringIO()
    tell(JsonEvents(stream))
    events = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [event["event"] for event in events] == ["stage", "frame", "frame", "warning", "done"]
    assert events[3]["message"] == "Zwölf\nFrames"
    # Whatever the encoding of the pipe.
    assert stream.getvalue().isascii()


def test_a_terminal_gets_a_counter_in_place_and_a_file_only_its_end() -> None:
    terminal, file = Terminal(), io.StringIO()
    tell(TextEvents(terminal))
    tell(TextEvents(file))
    assert "\r      1/2\r      2/2\n" in terminal.getvalue()
    assert file.getvalue() == "[2/6] body\n      2/2\nwarning: Zwölf\nFrames\npage: a/index.html\n"


@pytest.mark.parametrize("kind", [JsonEvents, TextEvents])
def test_a_closed_pipe_stops_the_run(kind: type[JsonEvents] | type[TextEvents]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    stream = os.fdopen(writing, "w")
    with pytest.raises(Unheard):
        kind(stream).emit("warning", message="x")
    # What is still buffered cannot be written either.
    with pytest.raises(BrokenPipeError):
        stream.close()


def test_progress_counts_what_is_done() -> None:
    events = SilentEvents()
    assert list(progress(["a", "b"], events, "body")) == ["a", "b"]
    list(progress(iter("a"), events, "clip", 7))
    assert [(event["stage"], event["done"], event["count"]) for event in events.events] == [
        ("body", 1, 2),
        ("body", 2, 2),
        ("clip", 1, 7),
    ]
