from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.errors import RestageError
from core.training.wardrobe.garment import Garment

from .people import figure, write_garment


@pytest.fixture
def box(tmp_path: Path) -> Garment:
    write_garment(tmp_path / "box_01.mhclo", figure(), (-0.3, 0.2, -0.2), (0.3, 1.4, 0.2), "3 - 6 11")
    return Garment.load(tmp_path / "box_01.mhclo")


def test_it_fits_the_body_that_it_was_made_on(box: Garment) -> None:
    fitted = box.fitted(figure().base)
    np.testing.assert_allclose(fitted.min(axis=0), [-0.3, 0.2, -0.2], atol=1e-4)
    np.testing.assert_allclose(fitted.max(axis=0), [0.3, 1.4, 0.2], atol=1e-4)


def test_it_grows_with_the_body(box: Garment) -> None:
    body = figure()
    larger = replace(body, base=body.base * np.float32(1.2))
    np.testing.assert_allclose(box.fitted(larger.base), 1.2 * box.fitted(body.base), atol=1e-4)


def test_it_moves_with_the_bones_of_the_places_that_it_is_bound_to(box: Garment) -> None:
    body = figure()
    weights = box.weights(body.weights)
    np.testing.assert_allclose(weights.sum(axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(weights, body.weights[box.bound[:, 0]], atol=1e-5)


def test_polygons_become_triangles_and_ranges_of_hidden_vertices_are_read(box: Garment) -> None:
    assert len(box.triangles) == 12
    assert box.hidden.tolist() == [3, 4, 5, 6, 11]


def test_a_vertex_bound_to_a_single_one_is_there(tmp_path: Path) -> None:
    body = figure()
    write_garment(tmp_path / "box.mhclo", body, (-0.3, 0.2, -0.2), (0.3, 1.4, 0.2))
    path = tmp_path / "box.mhclo"
    lines = path.read_text().splitlines()
    lines[-1] = "17"
    path.write_text("\n".join(lines))
    np.testing.assert_allclose(Garment.load(path).fitted(body.base)[-1], body.base[17], atol=1e-6)


@pytest.mark.parametrize("text", ["", "name box\nverts 0\n1 2 3 four\n", "\x00\x01"])
def test_another_file_is_refused_with_a_sentence(tmp_path: Path, text: str) -> None:
    (tmp_path / "box.mhclo").write_text(text)
    with pytest.raises(RestageError) as error:
        Garment.load(tmp_path / "box.mhclo")
    assert error.value.code == "garment_unreadable"


def test_a_garment_without_its_mesh_is_refused(tmp_path: Path, box: Garment) -> None:
    (tmp_path / "box_01.obj").unlink()
    with pytest.raises(RestageError) as error:
        Garment.load(tmp_path / "box_01.mhclo")
    assert error.value.code == "garment_unreadable"
