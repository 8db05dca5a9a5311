"""GraphCMR's mesh file."""

from pathlib import Path

import numpy as np
import pytest

from core.errors import RestageError
from core.pamir.graph_matrices import GraphMatrices, normalised
from tests.core.pamir.synthetic_body import coarse_count


def test_every_vertex_is_its_own_neighbour_and_rows_sum_to_one() -> None:
    from scipy import sparse

    chain = sparse.csc_matrix(np.array([[0, 7, 0], [7, 0, 2], [0, 2, 0]]))
    expected = [[1 / 2, 1 / 2, 0], [1 / 3, 1 / 3, 1 / 3], [0, 1 / 2, 1 / 2]]
    assert normalised(chain).toarray() == pytest.approx(np.array(expected))


def test_the_second_mesh_and_the_vertices_that_it_has(files) -> None:
    matrices = GraphMatrices.load(files.found["mesh_downsampling.npz"])
    dense = matrices.adjacency.to_dense()
    assert dense.shape == (coarse_count(), coarse_count())
    assert dense.sum(dim=1).numpy() == pytest.approx(np.ones(coarse_count()))
    assert (dense[5] > 0).nonzero().ravel().tolist() == [4, 5, 6]
    assert matrices.chosen.tolist() == list(range(0, 2 * coarse_count(), 2))


def test_other_files_are_named(tmp_path: Path) -> None:
    path = tmp_path / "mesh_downsampling.npz"
    path.write_bytes(b"PK nothing")
    with pytest.raises(RestageError) as caught:
        GraphMatrices.load(path)
    assert caught.value.code == "weights_unreadable"
    np.savez(path, A=np.zeros(3), D=np.zeros(2))
    with pytest.raises(RestageError) as caught:
        GraphMatrices.load(path)
    assert caught.value.code == "weights_unreadable"
