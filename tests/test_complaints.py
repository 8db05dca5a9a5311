"""docs/complaints.md names tests that exist."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def test_every_answer_is_held_by_a_test_that_exists() -> None:
    rows = [line for line in (ROOT / "docs" / "complaints.md").read_text(encoding="utf-8").splitlines() if "::" in line]
    assert len(rows) >= 12
    for row in rows:
        for path, name in re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", row):
            source = (ROOT / path).read_text(encoding="utf-8")
            assert re.search(rf"^def {name}\(", source, flags=re.MULTILINE), f"{path}::{name}"
