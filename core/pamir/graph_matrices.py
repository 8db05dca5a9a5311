"""GraphCMR's coarse mesh: which vertices are neighbours, and how the full mesh is reduced to it."""

import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..errors import RestageError
from ..safe_pickle import read_object_array

if TYPE_CHECKING:
    import torch

# Of the file's three meshes, from fine to coarse, the one that the network works on.
LEVEL = 1


@dataclass(frozen=True)
class GraphMatrices:
    """adjacency: (V, V) sparse float32, rows sum to 1; chosen: (V,) the full mesh's vertices that the coarse has."""

    adjacency: "torch.Tensor"
    chosen: npt.NDArray[np.int64]

    @classmethod
    def load(cls, path: Path) -> "GraphMatrices":
        """Read `mesh_downsampling.npz`; raises RestageError `weights_unreadable`, `pickle_unsafe` and
        `pickle_unreadable`."""
        import torch

        try:
            with zipfile.ZipFile(path) as archive:
                # One member at a time: another one needs a package that nobody has.
                neighbours, reduction = (
                    read_object_array(archive.read(f"{name}.npy"), path)[index]
                    for name, index in (("A", LEVEL), ("D", LEVEL - 1))
                )
            adjacency, count = normalised(neighbours), int(neighbours.shape[0])
            chosen = reduction.tocoo()
        except (zipfile.BadZipFile, KeyError, IndexError, AttributeError, ValueError, OSError) as error:
            raise RestageError(
                "weights_unreadable",
                f"{path} does not hold GraphCMR's meshes ({type(error).__name__}: {error}). Take mesh_downsampling.npz"
                " from PaMIR's repository again.",
            ) from error
        entries = adjacency.tocoo()
        index = torch.from_numpy(np.stack([entries.row, entries.col]).astype(np.int64))
        values = torch.from_numpy(entries.data.astype(np.float32))
        matrix = torch.sparse_coo_tensor(index, values, (count, count), check_invariants=True).coalesce()
        order = np.argsort(chosen.row, kind="stable")
        return cls(matrix, chosen.col[order].astype(np.int64))


def normalised(neighbours: Any) -> Any:
    """(V, V) scipy sparse with an entry for each pair of neighbours -> every vertex and its neighbours alike, rows sum
    to 1."""
    from scipy import sparse

    matrix = sparse.csr_matrix(neighbours, dtype=np.float64, copy=True)
    matrix.data[:] = 1.0
    matrix = sparse.csr_matrix(matrix + sparse.identity(neighbours.shape[0], format="csr"))
    sums = np.asarray(matrix.sum(axis=1)).ravel()
    return sparse.csc_matrix(sparse.diags(1.0 / sums) @ matrix)
