"""A stand-in for the engine: speaks its protocol, makes no reconstruction. `python fake_engine.py MODE … reconstruct …`

It copies a job folder that the test prepared to where the real engine would write, with events on the way. For
`video JOB` it writes a video that is none.
"""

import json
import os
import shutil
import signal
import sys
import time
from pathlib import Path


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def log(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def emit(kind: str, **fields: object) -> None:
    say(json.dumps({"event": kind, **fields}))


def stop(number: int, frame: object) -> None:
    emit("error", code="cancelled", message="Stopped on request")
    sys.exit(130)


def main(mode: str, arguments: list[str]) -> int:
    if mode != "deaf":
        signal.signal(signal.SIGTERM, stop)
    else:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    say("a library's chatter on stdout")
    log(f"started with {arguments}")
    log(f"strangers: {sorted(n for n in os.environ if n.startswith(('PYTHON', 'BLENDER_')))}")
    emit("stage", stage="clip", index=1, count=2, skipped=True)
    emit("stage", stage="person", index=2, count=2)
    for done in range(1, 4):
        emit("frame", stage="person", done=done, count=3)
    if mode == "crash":
        log("Segmentation fault, says the last line")
        os._exit(139)
    if mode == "refuse":
        emit("error", code="no_person", message="No person found in frames 0-2. Choose other frames.")
        return 1
    if mode in ("slow", "deaf"):
        time.sleep(60)
    if "video" in arguments:
        video = Path(arguments[arguments.index("video") + 1]) / "preview" / "character.mp4"
        video.parent.mkdir(exist_ok=True)
        video.write_bytes(b"video")
        emit("done", files={"video": str(video)})
        return 0
    clip = Path(arguments[arguments.index("reconstruct") + 1])
    output = Path(arguments[arguments.index("--output") + 1])
    person = arguments[arguments.index("--person") + 1] if "--person" in arguments else ""
    names = [clip.stem] if person in ("", "1", "all") else [f"{clip.stem}_{person}"]
    names += [f"{clip.stem}_2"] if person == "all" else []
    folders = [make_job(output / f"{name}.restage", name, arguments) for name in names]
    emit("warning", code="few_frames", message="One frame was dark.")
    emit(
        "done",
        job=str(folders[0]),
        jobs=[str(folder) for folder in folders],
        files={"job": str(folders[0] / "job.json")},
        frames={"ok": 3},
    )
    return 0


def make_job(folder: Path, name: str, arguments: list[str]) -> Path:
    """The job that the test prepared, under the name that it has with the person."""
    shutil.copytree(os.environ["RESTAGE_TEST_JOB"], folder, dirs_exist_ok=True)
    record = json.loads((folder / "job.json").read_text())
    (folder / "job.json").write_text(json.dumps(record | {"name": name}))
    (folder / "arguments.json").write_text(json.dumps(arguments))
    return folder


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
