"""The atlas covers the body once, with room where people look, and knows both sides of the body."""

import numpy as np
import pytest

from core.body.model import BodyModel
from core.render.raycast import MeshCaster
from core.render.view import OrthographicView
from core.texture.unwrap import Texels, body_unwrap, mirrored_uv, sample, spread_out, texels_of

SIZE = 512


@pytest.fixture(scope="module")
def texels() -> Texels:
    return texels_of(SIZE)


def places(texels: Texels) -> np.ndarray:
    """(N, 2) uv of the texels' centres."""
    return np.stack([texels.columns + 0.5, SIZE - texels.rows - 0.5], axis=1) / SIZE


def test_no_two_triangles_share_a_texel(texels: Texels) -> None:
    unwrap = body_unwrap()
    flat = np.concatenate([unwrap.uv, np.zeros((len(unwrap.uv), 1), np.float32)], axis=1)
    behind = np.diag([-1.0, 1.0, -1.0, 1.0])
    behind[:3, 3] = (0.5, 0.5, -1.0)
    # Seen from behind, whatever lies under another triangle is on top.
    other = MeshCaster(flat, unwrap.triangles).cast(OrthographicView(behind, SIZE, SIZE, 1.0 / SIZE)).face[:, ::-1]
    assert np.array_equal(other[texels.rows, texels.columns], texels.face)
    assert (other >= 0).sum() == len(texels.face)


def test_charts_are_few_and_the_face_gets_most_texels(texels: Texels) -> None:
    import trimesh

    unwrap, model = body_unwrap(), BodyModel.load()
    edges = np.concatenate([unwrap.triangles[:, [0, 1]], unwrap.triangles[:, [1, 2]]])
    assert len(trimesh.graph.connected_components(edges)) <= 16
    assert unwrap.uv.min() > 0 and unwrap.uv.max() < 1 and len(unwrap.uv) == unwrap.triangles.max() + 1
    corners = model.mean_vertices[model.triangles]
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1) / 2
    exterior = model.exterior[model.triangles].all(axis=1)

    def texels_a_metre(part: str) -> float:
        chosen = exterior & (model.parts[model.triangles[:, 0]] == model.part_names.index(part))
        return np.sqrt(np.isin(texels.face, np.flatnonzero(chosen)).sum() / area[chosen].sum()) * 2048 / SIZE

    assert texels_a_metre("head") > 1.8 * texels_a_metre("torso")
    # A person of 1.8 m in a picture of 1080 lines has 600 pixels a metre.
    assert min(texels_a_metre(part) for part in model.part_names) > 700


def test_a_texel_knows_its_place_on_the_body(texels: Texels) -> None:
    unwrap = body_unwrap()
    corners = unwrap.uv[unwrap.triangles[texels.face]]
    assert np.abs(np.einsum("nk,nkc->nc", texels.barycentric, corners) - places(texels)).max() < 1e-5


def test_vertices_have_the_mean_of_the_sure_texels_around_them(texels: Texels) -> None:
    model = BodyModel.load()
    values, sure = texels.interpolate(model.mean_vertices), np.ones(len(texels.face), np.float32)
    left = values[:, 0] > 0
    values[~left], sure[~left] = 1e3, 0.0
    means, share = texels.gathered(values, sure)
    inside = model.exterior & (model.mean_vertices[:, 0] > 0.02) & (share[:, 0] > 0)
    # Metres: some triangles are centimetres long.
    assert np.median(np.linalg.norm(means - model.mean_vertices, axis=1)[inside]) < 0.003
    assert share[inside].min() > 0.9
    assert share[model.mean_vertices[:, 0] < -0.02].max() < 0.1


def test_the_twin_of_a_place_lies_on_the_other_side(texels: Texels) -> None:
    model = BodyModel.load()
    twins = np.einsum("nk,nkc->nc", texels.barycentric, mirrored_uv()[texels.face])
    # A texture that shows each place's position says where the twins are.
    low, high = model.mean_vertices.min(axis=0), model.mean_vertices.max(axis=0)
    picture = np.zeros((SIZE, SIZE, 3), np.uint8)
    here = (texels.interpolate(model.mean_vertices) - low) / (high - low) * 255
    picture[texels.rows, texels.columns] = here.round()
    there = sample(spread_out(picture, texels), twins)
    expected = np.stack([255 - here[:, 0], here[:, 1], here[:, 2]], axis=1)
    assert np.quantile(np.abs(there - expected).max(axis=1), 0.99) < 4


def test_nothing_is_left_between_charts(texels: Texels) -> None:
    picture = np.zeros((SIZE, SIZE, 3), np.uint8)
    picture[texels.rows, texels.columns] = (10, 200, 90)
    assert (spread_out(picture, texels) == (10, 200, 90)).all()


def test_sampling_goes_from_the_bottom_up() -> None:
    picture = np.zeros((4, 4, 3), np.uint8)
    picture[3, 0] = 200
    assert sample(picture, np.array([[0.125, 0.125], [0.125, 0.875], [0.25, 0.125]]))[:, 0].tolist() == [200, 0, 100]
