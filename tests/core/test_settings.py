import json

import pytest

from core.errors import ExitCode, RestageError
from core.settings import RESOLUTIONS, Settings, frame_range


@pytest.mark.parametrize(
    ("text", "selected"),
    [
        ("", list(range(10))),
        ("::3", [0, 3, 6, 9]),
        ("2:5", [2, 3, 4]),
        ("8:", [8, 9]),
        (":2", [0, 1]),
        ("4", [4]),
        ("1:9:4", [1, 5]),
        ("20:30", []),
    ],
)
def test_frame_ranges(text: str, selected: list[int]) -> None:
    assert list(range(10))[frame_range(text)] == selected


@pytest.mark.parametrize("text", ["a", "1:b", "-3:", "1:2:0", "1:2:3:4", "1.5:", "::-1"])
def test_bad_frame_ranges_are_refused(text: str) -> None:
    with pytest.raises(RestageError, match="0:120:2") as caught:
        Settings(frames=text)
    assert (caught.value.code, caught.value.exit_code) == ("bad_settings", ExitCode.BAD_ARGUMENTS)


@pytest.mark.parametrize(
    "values",
    [
        {"preset": "best"},
        {"method": ""},
        {"device": "tpu"},
        {"focal": -1.0},
        {"height": float("nan")},
        {"height": float("inf")},
        {"height": "1.8"},
        {"frames": 3},
        {"person": 2},
        {"person": "0"},
        {"person": "-1"},
        {"person": "everybody"},
        {"person": "0.5"},
        {"person": "0.5,1.5"},
        {"person": "0.5,nan"},
        {"steadiness": -0.1},
        {"steadiness": "firm"},
        {"texture_size": 1000},
        {"video": "yes"},
        {"colour": "red"},
    ],
)
def test_wrong_values_and_names_are_refused(values: dict) -> None:
    with pytest.raises(RestageError) as caught:
        Settings.from_dict(values)
    assert caught.value.code == "bad_settings"


@pytest.mark.parametrize("person", ["", "all", "1", "12", "0.5,0.25", "0,1"])
def test_people_are_named_by_number_place_or_all(person: str) -> None:
    assert Settings(person=person).person == person


def test_settings_survive_json() -> None:
    settings = Settings(preset="high", frames="1:9:2", focal=1.2, height=1.8)
    assert Settings.from_dict(json.loads(json.dumps(settings.to_dict()))) == settings


def test_better_presets_are_finer() -> None:
    sizes = [Settings(preset=preset).resolution for preset in ("draft", "standard", "high")]
    assert sizes == sorted(set(sizes)) == sorted(RESOLUTIONS.values())
