"""The steps from a folder of scans to what PaMIR's training reads. docs/scans.md describes every file.

A step whose file is there is done. What is random is decided by the seed and the scan's name alone.
"""

import shutil
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from ...errors import RestageError
from ...events import Events, progress
from ...job import atomic_write, fingerprint
from ...picture import write_jpeg
from ...render import MeshCaster
from .albedo import Albedo
from .association import write_association
from .fitted import BODY, LAYOUT, SAMPLES, SIZE, VIEWS, fit_report, fit_scan, new_body, write_body
from .names import made_folders, name_scans
from .normalise import generator, normalised
from .samples import occupancy_samples, read_samples, write_samples
from .scan import Float, Scan, read_scan, scan_files
from .transfer import DIRECTIONS, radiance_transfer
from .unwrapped import Unwrapped
from .views import Views, camera_at, render_view, write_view

REPORT_EVERY = 100


@dataclass(frozen=True)
class ScanSet:
    """source: the folder of the scans; scans: the files by name; output: every scan gets a folder there; views:
    pictures of each; up: the files' upward axis; smpl: the model to fit, None for Restage's own body; stale: folders of
    scans that another folder is made of."""

    source: Path
    scans: dict[str, Path]
    output: Path
    views: int
    up: str
    smpl: Path | None
    seed: int
    stale: tuple[Path, ...] = ()

    @classmethod
    def open(
        cls, folder: Path, output: Path, views: int = 360, up: str = "y", smpl: Path | None = None, seed: int = 0
    ) -> "ScanSet":
        """All scans below a folder; raises RestageError `dataset_empty`."""
        names = name_scans(scan_files(folder), folder, output, lambda path: fingerprint(path, seed, up))
        return cls(folder, names.scans, output, views, up, smpl, seed, names.stale)

    def make(self, events: Events) -> list[str]:
        """Do every step of every scan that is not done yet. Returns the names of scans that could not be used; each
        is told as a warning. Raises RestageError where that holds for all of them."""
        self._clean(events)
        failed: dict[str, RestageError] = {}
        for index, (name, path) in enumerate(self.scans.items(), start=1):
            events.emit("stage", stage=name, index=index, count=len(self.scans))
            try:
                ScanFolder(self, name, path).make(events)
            except RestageError as error:
                failed[name] = error
                events.emit("warning", code=error.code, message=f"{name}: {error}")
        if len(failed) == len(self.scans):
            raise next(iter(failed.values()))
        return list(failed)

    def _clean(self, events: Events) -> None:
        """Remove what would be trained with twice, and tell what else is there."""
        for folder in self.stale:
            shutil.rmtree(folder)
            events.emit("notice", message=f"Removed {folder}: its scan has another folder in {self.output}.")
        others = [made.folder.name for made in made_folders(self.output) if made.folder.name not in self.scans]
        if others:
            events.emit(
                "notice",
                message=f"{self.output} also holds {', '.join(others)}, made of scans that are not in {self.source}."
                " A training takes them too; delete what it should not see.",
            )


class ScanFolder:
    """One scan's folder, and the steps that fill it."""

    def __init__(self, scans: ScanSet, name: str, source: Path) -> None:
        self._scans, self._name, self._source = scans, name, source
        self.folder = scans.output / name

    def make(self, events: Events) -> None:
        """All steps that are not done yet; raises RestageError `scan_unreadable`, `scan_other`, `scan_no_person`."""
        self._normalise()
        if not self.scan.coloured:
            events.emit("warning", code="scan_colourless", message=_colourless(self._name, self.folder))
        self._transfer(events)
        self._views(events)
        self._samples()
        self._body(events)
        self._associate()

    @cached_property
    def scan(self) -> Scan:
        """The normalised scan."""
        return Scan.load(self.folder / "mesh.npz")

    @cached_property
    def caster(self) -> MeshCaster:
        """Rays against the scan."""
        return MeshCaster(self.scan.vertices, self.scan.faces)

    @cached_property
    def transfer(self) -> Float:
        """(V, 9) of its vertices."""
        with np.load(self.folder / "prt.npz", allow_pickle=False) as values:
            return values["transfer"]

    def _normalise(self) -> None:
        path = self.folder / "mesh.npz"
        source = fingerprint(self._source, self._scans.seed, self._scans.up)
        if path.exists():
            with np.load(path, allow_pickle=False) as values:
                if str(values["source"]) != source:
                    raise self._other("from another file, seed or upward axis")
            return
        scan, scale, offset = normalised(read_scan(self._source, self._scans.up), self._random(SIZE))
        place = self._source.relative_to(self._scans.source).as_posix()
        scan.save(path, scale=scale, offset=offset, source=source, place=place)

    def _transfer(self, events: Events) -> None:
        def report(done: int) -> None:
            if done % REPORT_EVERY == 0:
                events.emit("frame", stage="transfer", done=done, count=DIRECTIONS)

        path = self.folder / "prt.npz"
        if not path.exists():
            values = radiance_transfer(self.scan, self.caster, report)
            with atomic_write(path) as stream:
                np.savez(stream, transfer=values)

    def _views(self, events: Events) -> None:
        path, count = self.folder / "views.npz", self._scans.views
        if not path.exists():
            Views.random(count, self._random(VIEWS)).save(path)
        views = Views.load(path)
        if len(views.angles) != count:
            raise self._other(f"with {len(views.angles)} views")
        pending = [n for n in range(count) if not (self.folder / "color" / f"{n:04d}.jpg").exists()]
        if not pending:
            return
        albedo, unwrapped = Albedo(self.scan), Unwrapped.of(self.scan, self._random(LAYOUT))
        unwrapped.save(self.folder / "uv.npz", self.scan)
        for number in progress(pending, events, "views"):
            light = views.light(number)
            write_jpeg(self.folder / "color_uv" / f"{number:04d}.jpg", unwrapped.colours(self.transfer, light))
            camera = camera_at(float(views.angles[number]))
            write_view(self.folder, number, *render_view(self.caster, albedo, self.transfer, camera, light))

    def _samples(self) -> None:
        path = self.folder / "samples.npz"
        if not path.exists():
            write_samples(path, occupancy_samples(self.scan, self._random(SAMPLES)))

    def _body(self, events: Events) -> None:
        path = self.folder / "body.npz"
        body = new_body(self._scans.smpl)
        if path.exists():
            with np.load(path, allow_pickle=False) as values:
                if str(values["kind"]) == body.kind:
                    return
        fitted = fit_scan(body, self.scan, self.caster, self._random(BODY))
        # It belongs to the body that was there before.
        (self.folder / "association.npz").unlink(missing_ok=True)
        write_body(path, fitted)
        events.emit("notice", message=fit_report(self._name, fitted))

    def _associate(self) -> None:
        path = self.folder / "association.npz"
        if not path.exists():
            with np.load(self.folder / "body.npz", allow_pickle=False) as values:
                write_association(path, read_samples(self.folder / "samples.npz"), values["vertices"])

    def _random(self, purpose: int) -> np.random.Generator:
        return generator(self._scans.seed, self._name, purpose)

    def _other(self, how: str) -> RestageError:
        return RestageError(
            "scan_other",
            f"{self.folder} was made {how}. Give another --output, or delete that folder to make it again.",
        )


def _colourless(name: str, folder: Path) -> str:
    return (
        f"{name} has no colours: its pictures are grey, which can train shapes but no colours. If it should have some,"
        f" export it again with its texture or with colours of its vertices, delete {folder} and run again."
    )
