"""A body fitted to one scan: as a step of a data set, or by itself."""

from pathlib import Path
from typing import Any

import numpy as np

from ...events import Events
from ...job import atomic_write
from ...render import MeshCaster
from .fit import FittedBody, ScanBody, fit_body
from .landmarks import find_landmarks
from .normalise import generator, normalised
from .scan import UPRIGHT, Scan, read_scan

# What random numbers of a scan are for.
SIZE, VIEWS, LAYOUT, SAMPLES, BODY = range(5)


def new_body(smpl: Path | None) -> ScanBody:
    """A fresh body to fit: SMPL's of a file, else Restage's own."""
    if smpl is not None:
        from .smpl_body import SmplFit

        return SmplFit(smpl)
    from .open_body import OpenBody

    return OpenBody()


def fit_scan(body: ScanBody, scan: Scan, caster: MeshCaster, rng: np.random.Generator) -> FittedBody:
    """The body inside a normalised scan; raises RestageError `scan_no_person`."""
    return fit_body(body, scan, caster, find_landmarks(scan, caster), rng)


def write_body(path: Path, fitted: FittedBody) -> None:
    """Write `body.npz` (docs/scans.md)."""
    with atomic_write(path) as stream:
        np.savez(
            stream,
            kind=fitted.kind,
            scan_distance=np.float32(fitted.distance),
            escaped=np.float32(fitted.escaped),
            **fitted.arrays,
        )


def fit_file(source: Path, output: Path, body: ScanBody, up: str, seed: int, events: Events) -> dict[str, Path]:
    """Fit a body to a scan's file. Writes `body.npz`, canonical, and `body.ply`, which lies in the scan as it was
    given: its units, place and upward axis. Returns the files by what they are.

    Raises RestageError `scan_unreadable`, `scan_no_person`.
    """
    import trimesh

    scan, scale, offset = normalised(read_scan(source, up), generator(seed, source.stem, SIZE))
    caster = MeshCaster(scan.vertices, scan.faces)
    fitted = fit_scan(body, scan, caster, generator(seed, source.stem, BODY))
    files = {"body": output / "body.npz", "mesh": output / "body.ply"}
    write_body(files["body"], fitted)
    own = (fitted.arrays["vertices"].astype(np.float64) - offset) / scale @ UPRIGHT[up]
    mesh: Any = trimesh.Trimesh(own, body.triangles, process=False)
    with atomic_write(files["mesh"]) as stream:
        stream.write(mesh.export(file_type="ply"))
    events.emit("notice", message=fit_report(source.stem, fitted))
    return files


def fit_report(name: str, fitted: FittedBody) -> str:
    """How well a body fits, in a sentence."""
    return (
        f"{name}: the scan lies {100 * fitted.distance:.1f} cm from the fitted body on average;"
        f" {100 * fitted.escaped:.0f} % of the skin comes out of it"
    )
