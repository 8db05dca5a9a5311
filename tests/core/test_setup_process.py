"""The set-up process speaks the worker's protocol."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_an_engine_that_is_ready_is_done_at_once(tmp_path: Path) -> None:
    python = tmp_path / "venv" / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    python.parent.mkdir(parents=True)
    python.touch()
    lock = hashlib.sha256((ROOT / "core" / "engine.lock").read_bytes()).hexdigest()
    (tmp_path / "ready.json").write_text(json.dumps({"lock": lock, "groups": ["worker"], "packages": []}))
    answer = subprocess.run(
        [sys.executable, "-s", "-E", "-m", "core.setup_process", "set-up", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert answer.returncode == 0, answer.stderr
    assert json.loads(answer.stdout) == {"event": "done", "folder": str(tmp_path)}
