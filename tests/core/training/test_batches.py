"""Samples as the network gets them: what a mirror shows, and that a run goes on where it was left."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import torch
import trimesh

from core.errors import RestageError
from core.events import SilentEvents
from core.open.body_maps import BodyShape
from core.open.network import OpenNet
from core.open.weights import save_open
from core.picture import read_picture
from core.training import train_open, validation
from core.training import training as training_module
from core.training.batches import Samples, batch_of, mirrored, read_sample
from core.training.train_open import open_training, train
from core.training.training import Training
from core.training.validation import CAPTION, SAMPLES, validate


def shape(sign: float) -> BodyShape:
    """An egg, off centre; with the sign -1, its mirror image."""
    mesh = trimesh.creation.icosphere(subdivisions=4, radius=0.1)
    vertices = mesh.vertices * [1.0, 2.0, 1.3] + [0.12, 0.05, 0.02]
    faces = mesh.faces if sign > 0 else mesh.faces[:, ::-1]
    codes = (mesh.vertices * 10 * [sign, 1, 1]).astype(np.float32)
    share = np.zeros(len(vertices), np.float32)
    return BodyShape((vertices * [sign, 1, 1]).astype(np.float32), np.asarray(faces, np.int32), codes, share)


def write_samples(folder: Path, count: int) -> None:
    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    egg = shape(1.0)
    for number in range(count):
        points = rng.uniform(-0.3, 0.3, (4000, 3)).astype(np.float16)
        features = egg.points(points.astype(np.float32))
        maps = egg.maps(128).astype(np.float16)
        sides = np.repeat(np.repeat(egg.maps(128), 2, axis=1), 2, axis=2)
        np.savez(
            folder / f"{number:06d}.npz",
            picture=rng.integers(0, 255, (256, 256, 4), np.uint8),
            front_normals=(sides[2:5] * 127).astype(np.int8).transpose(1, 2, 0),
            back_normals=(sides[6:9] * 127).astype(np.int8).transpose(1, 2, 0),
            depths=sides[[1, 5]].astype(np.float16),
            behind=rng.integers(0, 255, (256, 256, 3), np.uint8),
            noisy_depths=sides[[1, 5]].astype(np.float16),
            body_places=points,
            noisy_places=points,
            inside=np.packbits(features[:, 0] < 0.01),
            body_maps=maps,
            body_points=features.astype(np.float16),
            noisy_maps=maps,
            noisy_points=features.astype(np.float16),
        )


def test_a_mirror_shows_the_mirrored_body() -> None:
    """Maps, points and sides of the mirrored body itself, made without mirroring any of them."""
    egg, image = shape(1.0), shape(-1.0)
    points = np.random.default_rng(1).uniform(-0.3, 0.3, (300, 3)).astype(np.float32)
    sample = {
        "picture": np.zeros((4, 256, 256), np.float32),
        "maps": egg.maps(128),
        "sides": egg.maps(128)[1:9],
        "details": egg.maps(256)[[2, 3, 4, 6, 7, 8, 0, 0, 0]],
        "known": egg.maps(128)[:1],
        "points": points,
        "body": egg.points(points),
        "inside": np.zeros(300, np.float32),
    }
    batch = {name: torch.from_numpy(np.stack([value, value])) for name, value in sample.items()}
    mirror = mirrored(batch, torch.tensor([True, False]))
    assert all(torch.equal(mirror[name][1], batch[name][1]) for name in batch)
    seen = {name: value[0].numpy() for name, value in mirror.items()}
    # A ray through the very edge may hit on one side only.
    assert np.abs(seen["maps"] - image.maps(128)).mean() < 1e-3
    assert np.abs(seen["sides"] - image.maps(128)[1:9]).mean() < 1e-3
    assert np.abs(seen["details"] - image.maps(256)[[2, 3, 4, 6, 7, 8, 0, 0, 0]]).mean() < 1e-3
    assert seen["body"] == pytest.approx(image.points(seen["points"]), abs=1e-4)


def test_labels_stay_with_their_points(tmp_path: Path) -> None:
    write_samples(tmp_path / "samples", 1)
    egg = shape(1.0)
    held = read_sample(tmp_path / "samples" / "000000.npz")
    batch = {name: value.numpy() for name, value in batch_of([held] * 4, 500, np.random.default_rng(0)).items()}
    for maps, places, inside in zip(batch["maps"], batch["points"], batch["inside"], strict=True):
        middle = maps.shape[-1] // 2
        flipped = maps[0][:, :middle].sum() > maps[0][:, middle:].sum()
        points = places * ([-1, 1, 1] if flipped else [1, 1, 1])
        expected = egg.points(points.astype(np.float32))[:, 0]
        sure = np.abs(expected - 0.01) > 2e-3
        assert np.array_equal(inside[sure] > 0.5, expected[sure] < 0.01)


def test_a_batch_is_cut_to_the_people(tmp_path: Path) -> None:
    """The egg reaches from 0.02 to 0.22: 28 of the map's 64 columns on that side, and some room; 80 are the least."""
    write_samples(tmp_path / "samples", 2)
    for path in (tmp_path / "samples").glob("*.npz"):
        with np.load(path) as values:
            arrays = dict(values)
        arrays["picture"][..., 3] = np.repeat(np.repeat(arrays["body_maps"][0] > 0, 2, 0), 2, 1) * 255
        np.savez(path, **arrays)
    samples = Samples(tmp_path / "samples", torch.device("cpu"))
    batch = samples.batch(0, 3, 100)
    assert batch["maps"].shape[-1] == batch["sides"].shape[-1] == 80
    assert batch["picture"].shape[-1] == batch["details"].shape[-1] == 160
    assert (batch["maps"][:, 0].sum(dim=(1, 2)) == float((shape(1.0).maps(128)[0] > 0).sum())).all()
    again = Samples(tmp_path / "samples", torch.device("cpu")).batch(0, 3, 100)
    assert all(torch.equal(again[name], value) for name, value in batch.items())


def test_held_out_people_are_looked_at(tmp_path: Path) -> None:
    write_samples(tmp_path / "samples", 2)
    torch.manual_seed(0)
    figures = validate(OpenNet().eval(), tmp_path / "samples", tmp_path / "look.png")
    assert figures["error"] == pytest.approx(figures["body"], abs=0.01)
    assert read_picture(tmp_path / "look.png").shape == (CAPTION + 2 * 256, 7 * 256, 3)


@pytest.mark.parametrize("held_out", [True, False])
def test_every_checkpoint_has_a_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, held_out: bool) -> None:
    write_samples(tmp_path / "samples", 3)
    write_samples(tmp_path / "held_out", 2)
    monkeypatch.setattr(train_open, "POINTS", 500)
    monkeypatch.setattr(train_open, "CHECKPOINT_EVERY", 1)
    monkeypatch.setattr(train_open, "VALIDATE_EVERY", 3)
    saved: list[int] = []
    looked: list[tuple[int, str, bool]] = []

    def save(training: Training) -> None:
        saved.append(training.step)

    def look(_network: OpenNet, samples: Path, picture: Path, caption: str, count: int = SAMPLES) -> dict[str, float]:
        picture.parent.mkdir(exist_ok=True)
        picture.write_text(caption)
        looked.append((saved[-1], samples.name, count == SAMPLES))
        return {"error": 0.25, "body": 0.5}

    monkeypatch.setattr(Training, "save", save)
    monkeypatch.setattr(validation, "validate", look)
    # A step takes a second.
    monkeypatch.setattr(Training, "timed", seconds_of)
    folder = tmp_path / "held_out" if held_out else None
    last = train(tmp_path / "samples", tmp_path / "run", 4.0, SilentEvents(), folder, batch=1).step
    name, kind = ("held_out", "held_out") if held_out else ("samples", "trained")
    assert last == 4
    # The last checkpoint is measured however many steps it comes after.
    assert looked == [(1, name, False), (2, name, False), (3, name, True), (4, name, False), (4, name, True)]
    kept = {path.name: path.read_text() for path in (tmp_path / "run").glob("*.png")}
    assert set(kept) == {"latest.png", "000003.png", "000004.png"}
    assert all(("nobody is held out" in text) != held_out for text in kept.values())
    lines = [json.loads(line) for line in (tmp_path / "run" / "log.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines if f"{kind}_error" in line] == [3, 4]
    assert all(line["look_seconds"] >= 0 for line in lines if f"{kind}_error" in line)


@contextmanager
def seconds_of(training: Training) -> Iterator[None]:
    yield
    training.seconds += 1.0


def test_a_stopped_run_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_samples(tmp_path / "samples", 3)
    monkeypatch.setattr(train_open, "POINTS", 500)
    monkeypatch.setattr(training_module, "LOG_EVERY", 1)
    first = train(tmp_path / "samples", tmp_path / "run", 0.8, SilentEvents(), batch=2)
    again = open_training(tmp_path / "run")
    assert again.step == first.step > 0
    assert all(torch.equal(a, b) for a, b in zip(again.network.parameters(), first.network.parameters(), strict=True))
    longer = train(tmp_path / "samples", tmp_path / "run", first.seconds + 0.5, SilentEvents(), batch=2)
    assert longer.step > first.step
    # A line a step, and one for each end.
    assert len((tmp_path / "run" / "log.jsonl").read_text().splitlines()) == longer.step + 2
    assert read_picture(tmp_path / "run" / "latest.png").shape[0] == CAPTION + 3 * 256
    with pytest.raises(RestageError) as caught:
        train(tmp_path / "nothing", tmp_path / "other", 1.0, SilentEvents())
    assert caught.value.code == "dataset_empty"


def test_a_run_can_begin_with_given_weights_and_smaller_steps(tmp_path: Path) -> None:
    torch.manual_seed(5)
    given = OpenNet()
    save_open(given, tmp_path / "given.safetensors")
    begun, fresh = open_training(tmp_path / "run", tmp_path / "given.safetensors"), open_training(tmp_path / "other")
    for name, value in given.state_dict().items():
        assert begun.network.state_dict()[name] == pytest.approx(value, abs=1e-3)
    assert begun.rate < fresh.rate
    begun.save()
    assert open_training(tmp_path / "run").rate == begun.rate
