"""An engine of a few packages that a test builds, made without a network."""

import base64
import hashlib
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from core import engine, engine_wheels
from core.engine_system import Accelerator

TESTED = '{"event": "done", "device": "cpu", "device_name": "Processor", "versions": {"torch": "1.0"}}'


def no_report(line: str, part: float) -> None:
    assert 0.0 <= part <= 1.0


def build_wheel(folder: Path, name: str, version: str, payload: bytes = b"") -> Path:
    """A wheel with one module that knows its version, and as many bytes beside it as the test wants."""
    metadata = f"{name}-{version}.dist-info"
    files = {
        f"{name}.py": f"version = {version!r}\n".encode(),
        f"{name}.bin": payload,
        f"{metadata}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode(),
        f"{metadata}/WHEEL": b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = ""
    for path, content in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        record += f"{path},sha256={digest},{len(content)}\n"
    files[f"{metadata}/RECORD"] = f"{record}{metadata}/RECORD,,\n".encode()
    wheel = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    return wheel


def write_hashes(table: Path, wheels: Path) -> None:
    """The table of the wheels in a folder."""
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()} {path.stat().st_size} {path.name}"
        for path in sorted(wheels.glob("*.whl"))
    ]
    table.write_text("\n".join(lines) + "\n")


def small_engine(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let core.engine work with a lock of two packages, served from a folder; returns the lock.

    torch is one of them and has a build for the CPU only.
    """
    wheels = folder / "wheels"
    wheels.mkdir()
    build_wheel(wheels, "alpha", "1.0")
    build_wheel(wheels, "alpha", "2.0")
    build_wheel(wheels, "beta", "1.0")
    build_wheel(wheels, "torch", "1.0+cpu" if sys.platform.startswith("linux") else "1.0")
    lock = folder / "engine.lock"
    lock.write_text("# [worker]\ntorch==1.0\nalpha==1.0\n# [blender]\n# [test]\nbeta==1.0\n")
    write_hashes(folder / "engine.hashes", wheels)
    monkeypatch.setattr(engine_wheels, "LOCK", lock)
    monkeypatch.setattr(engine_wheels, "HASHES", folder / "engine.hashes")
    for group, modules in {"worker": "torch, alpha", "blender": "sys", "test": "beta"}.items():
        monkeypatch.setitem(engine.IMPORTS, group, modules)
    monkeypatch.setattr(engine, "SELF_TEST", ("-c", f"print({TESTED!r})"))
    monkeypatch.setattr(engine, "find_accelerator", lambda: Accelerator("cpu", "Processor"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    return lock


def version_in(folder: Path, module: str) -> str:
    """The version of a module in the engine of a folder; empty when it is not there."""
    command = [str(engine.engine_python(folder)), "-c", f"import {module}; print({module}.version)"]
    return subprocess.run(command, capture_output=True, text=True, env=engine.worker_environment()).stdout.strip()
