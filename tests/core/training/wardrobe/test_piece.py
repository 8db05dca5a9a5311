import numpy as np
import trimesh

from core.training.wardrobe.piece import Piece, components


def _sheet() -> Piece:
    """A strand of 10 by 40 cm that stands in the plane z = 0."""
    vertices = np.array([(0, 0, 0), (0.1, 0, 0), (0.1, 0.4, 0), (0, 0.4, 0)], np.float32)
    triangles = np.array([(0, 1, 2), (0, 2, 3)], np.int32)
    uv = vertices[:, :2] / 0.4
    return Piece(vertices, np.ones((4, 1), np.float32), triangles, uv, triangles, np.array([0, 1], np.int32), ())


def test_a_thickened_sheet_is_a_closed_body_of_its_thickness() -> None:
    thick = _sheet().thickened(0.014)
    body = trimesh.Trimesh(thick.vertices, thick.triangles, process=False)
    assert body.is_watertight
    np.testing.assert_allclose(body.volume, 0.1 * 0.4 * 0.014, rtol=1e-4)
    assert len(thick.uv_triangles) == len(thick.fabric) == len(thick.triangles)
    np.testing.assert_allclose(thick.weights, 1)


def test_a_sheet_that_faces_the_other_way_encloses_the_same_body() -> None:
    sheet = _sheet()
    turned = Piece(**{**vars(sheet), "triangles": sheet.triangles[:, ::-1], "uv_triangles": sheet.triangles[:, ::-1]})
    thick = turned.thickened(0.014)
    assert trimesh.Trimesh(thick.vertices, thick.triangles, process=False).volume > 0


def test_parts_are_numbered_by_size() -> None:
    triangles = np.array([(0, 1, 2), (3, 4, 5), (5, 4, 6), (6, 4, 7)], np.int32)
    assert components(triangles, 8).tolist() == [1, 0, 0, 0]
