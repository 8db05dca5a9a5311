"""The SMPL body of a frame, as the PaMIR route keeps it: `body/smpl/NUMBER.npz`."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..arrays import read_npz
from ..errors import RestageError
from ..job import Job, atomic_write

Array = npt.NDArray[np.float32]


@dataclass(frozen=True)
class SmplFile:
    """vertices, faces: (S, 3) world metres and (F, 3) int32, the fitted body; canonical, initial: (S, 3), the fitted
    body and the one before fitting, in PaMIR's own canonical space; parameters: PaMIR's own names and values."""

    vertices: Array
    faces: npt.NDArray[np.int32]
    canonical: Array
    initial: Array
    parameters: dict[str, Array]

    def write(self, job: Job, number: int) -> None:
        with atomic_write(job.smpl_path(number)) as stream:
            np.savez(
                stream,
                vertices=self.vertices,
                faces=self.faces,
                canonical=self.canonical,
                initial=self.initial,
                **{f"parameter_{name}": value for name, value in self.parameters.items()},
            )


def read_smpl(job: Job, number: int) -> SmplFile | None:
    """The SMPL body of a frame; None in jobs of other methods."""
    path = job.smpl_path(number)
    if job.record.settings.method != "pamir" or not path.exists():
        return None
    try:
        values = read_npz(path)
        mark = "parameter_"
        parameters = {name.removeprefix(mark): value for name, value in values.items() if name.startswith(mark)}
        return SmplFile(values["vertices"], values["faces"], values["canonical"], values["initial"], parameters)
    except (ValueError, KeyError) as error:
        raise RestageError(
            "job_unreadable", f"{path} cannot be read ({error}). Delete it and run the reconstruction again."
        ) from error
