"""The table of wheels: everything has its version and its hash, on every machine."""

import re
import sys
from pathlib import Path

import pytest

from core import engine_system, engine_wheels
from tests.core.small_engine import small_engine


@pytest.fixture
def small_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return small_engine(tmp_path, monkeypatch)


@pytest.mark.parametrize(
    ("system", "accelerator", "torch"),
    [
        ("linux", "cpu", "1.0+cpu"),
        ("linux", "cuda", "1.0"),
        ("darwin", "mps", "1.0"),
        ("win32", "cpu", "1.0"),
        ("win32", "cuda", "1.0+cu130"),
    ],
)
def test_torch_is_the_build_that_fits_the_machine(small_lock: Path, system: str, accelerator: str, torch: str) -> None:
    sha256 = "0" * 64
    with engine_wheels.HASHES.open("a") as table:
        table.write(f"{engine_wheels.CUDA_MARK}\n{sha256} 7 nvidia_thing-13.0-py3-none-manylinux_2_17_x86_64.whl\n")
    wanted = engine_wheels.requirements(["worker"], accelerator, (3, 11), system)
    assert wanted[:2] == [f"torch=={torch}", "alpha==1.0"]
    # PyTorch's build for Windows holds NVIDIA's libraries.
    assert wanted[2:] == (["nvidia-thing==13.0"] if (system, accelerator) == ("linux", "cuda") else [])
    build = torch.partition("+")[2]
    index = ["--extra-index-url", f"https://download.pytorch.org/whl/{build}"] if build else []
    assert engine_wheels.index_options(wanted) == index


def test_lock_pins_everything_once_for_each_python() -> None:
    lines = engine_wheels.lock_lines(engine_wheels.GROUPS)
    pins = [re.fullmatch(r"([a-z0-9-]+)==([0-9][\w.]*)(?: ; (.+))?", line) for line in lines]
    assert all(pins), [line for line, pin in zip(lines, pins, strict=True) if not pin]
    for version in ("3.11", "3.13"):
        names = [
            pin[1]
            for pin in pins
            if pin and (pin[3] in (None, 'sys_platform == "win32"') or (("<" in pin[3]) == (version == "3.11")))
        ]
        assert len(names) == len(set(names))
        assert {"torch", "mediapipe", "numpy", "bpy", "pytest"} <= set(names)
        assert [name for name in names if name.startswith("opencv")] == ["opencv-contrib-python"]


@pytest.mark.parametrize("system", ["linux", "darwin", "win32"])
@pytest.mark.parametrize("version", engine_system.SUPPORTED_PYTHONS)
def test_every_wheel_of_every_machine_has_its_hash(system: str, version: tuple[int, int]) -> None:
    known = [wheel for wheel in engine_wheels.wheels() if wheel.fits(version, system)]
    for accelerator in ("cpu", "cuda"):
        wanted = engine_wheels.requirements(engine_wheels.GROUPS, accelerator, version, system)
        assert not {line for line in wanted if not any(wheel.requirement == line for wheel in known)}
        assert len(wanted) > 50


def test_wheels_fit_by_their_names() -> None:
    abi3 = engine_wheels.Wheel("0", 1, "av-18.1.0-cp311-abi3-manylinux_2_28_x86_64.whl")
    assert abi3.requirement == "av==18.1.0"
    assert [abi3.fits(version, "linux") for version in ((3, 10), (3, 11), (3, 13))] == [False, True, True]
    assert not abi3.fits((3, 11), "win32")
    pure = engine_wheels.Wheel("0", 1, "Jinja2-3.1.6-py3-none-any.whl")
    assert pure.requirement == "jinja2==3.1.6" and pure.fits((3, 13), sys.platform)
