"""The normal map: a rippled person is seen by a camera, and her smooth body gets the ripples where they were seen."""

import numpy as np
import pytest

from core.body.model import BodyModel
from core.character.normals import SIZE, FrameNormals, NormalMap, mapped_normals
from core.character.tangents import TangentSpace
from core.open.kept import body_share
from core.render import CameraView, MeshCaster, silhouette, vertex_normals
from core.spaces import Camera, Crop
from core.texture.unwrap import Texels, body_unwrap, spread_out, texels_of
from tests.core.posed_person import camera

WAVE, HEIGHT = 0.12, 0.008
SMOOTH = np.zeros((64, 64), np.float32)


@pytest.fixture(scope="module")
def texels() -> Texels:
    return texels_of(1024)


@pytest.fixture(scope="module")
def body() -> np.ndarray:
    return BodyModel.load().mean_vertices


def rippled(body: np.ndarray) -> np.ndarray:
    """(V, 3) the body with rings around it."""
    normals = vertex_normals(body, BodyModel.load().triangles)
    return (body + HEIGHT * np.sin(2 * np.pi * body[:, 1:2] / WAVE) * normals).astype(np.float32)


def unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def around(body: np.ndarray, view: Camera) -> Crop:
    pixels = view.project(body)
    side = 1.2 * float(np.ptp(pixels[:, 1]))
    x, y = (pixels.min(axis=0) + pixels.max(axis=0)) / 2
    return Crop((float(x), float(y)), side)


def baked(body: np.ndarray, shown: np.ndarray, texels: Texels) -> np.ndarray:
    """The map of the body from one frame, whose mesh is `shown`."""
    view, triangles = camera(), BodyModel.load().triangles
    normal_map, frame = NormalMap(texels, SMOOTH), FrameNormals(shown, triangles, view, around(body, view))
    facing = vertex_normals(body, triangles)[:, 2:] > 0.3
    chosen = np.flatnonzero(texels.interpolate(facing)[:, 0] > 0.99)
    normal_map.add(body, frame, chosen, np.ones(len(chosen), np.float32))
    return normal_map.picture()


def cosines(body: np.ndarray, shown: np.ndarray, picture: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """At the pixels of the body that face the camera: how well its own normals go with those of `shown`, how well the
    mapped ones do, and how much the body counts there."""
    triangles, view = BodyModel.load().triangles, CameraView(camera(), SIZE, SIZE, around(body, camera()))
    hits = MeshCaster(body, triangles).cast(view)
    truth = hits.interpolate(vertex_normals(shown, triangles))
    own = hits.interpolate(vertex_normals(body, triangles))
    mapped, front = mapped_normals(hits, body, picture), own[:, 2] > 0.6
    share = hits.interpolate(body_share()[:, None])[:, 0]
    assert len(mapped) == silhouette(hits).sum()

    def cosine(values: np.ndarray) -> np.ndarray:
        lengths = np.linalg.norm(values, axis=1) * np.linalg.norm(truth, axis=1)
        return ((values * truth).sum(axis=1) / lengths)[front]

    return cosine(own), cosine(mapped), share[front]


def test_axes_run_along_the_texture(body: np.ndarray) -> None:
    model, unwrap = BodyModel.load(), body_unwrap()
    face = np.arange(len(model.triangles))
    axes = TangentSpace(body).axes(face, np.full((len(face), 3), 1 / 3, np.float32))
    product = np.einsum("nij,nkj->nik", axes, axes)
    assert np.abs(product - np.eye(3)).max() < 1e-4
    corners, places = unwrap.uv[unwrap.triangles], body[model.triangles]
    for axis in (0, 1):
        # The corner that lies furthest along u or v lies furthest along the tangent or the bitangent, too.
        along = np.einsum("nkc,nc->nk", places - places.mean(axis=1, keepdims=True), axes[:, axis])
        texture = corners[..., axis] - corners[..., axis].mean(axis=1, keepdims=True)
        assert ((along * texture).sum(axis=1) > 0).mean() > 0.99


def test_ripples_that_a_frame_shows_are_on_the_smooth_body(body: np.ndarray, texels: Texels) -> None:
    shown = rippled(body)
    own, mapped, share = cosines(body, shown, baked(body, shown, texels))
    clothed = share < 0.01
    assert np.degrees(np.arccos(np.clip(own[clothed], -1, 1))).mean() > 9
    assert np.degrees(np.arccos(np.clip(mapped[clothed], -1, 1))).mean() < 3


def test_hands_and_faces_keep_the_bodys_normals(body: np.ndarray, texels: Texels) -> None:
    shown = rippled(body)
    own, mapped, share = cosines(body, shown, baked(body, shown, texels))
    assert np.abs(own - mapped)[share > 0.99].max() < 0.05


def test_what_no_frame_shows_has_the_folds_of_its_cloth(body: np.ndarray, texels: Texels) -> None:
    rise = np.zeros((texels.size, texels.size, 1), np.float32)
    rise[texels.rows, texels.columns] = HEIGHT * np.sin(2 * np.pi * texels.interpolate(body)[:, 1:2] / WAVE)
    picture = NormalMap(texels, spread_out(rise, texels)[..., 0]).picture()
    hits = MeshCaster(body, BodyModel.load().triangles).cast(CameraView(camera(), SIZE, SIZE, around(body, camera())))
    own = unit(hits.interpolate(vertex_normals(body, BodyModel.load().triangles)))
    # The rings are finer than the body's triangles, so the truth is calculated.
    steepness = HEIGHT * 2 * np.pi / WAVE * np.cos(2 * np.pi * hits.interpolate(body)[:, 1:2] / WAVE)
    truth = unit(own - steepness * (np.float32([0, 1, 0]) - own[:, 1:2] * own))
    clothed = hits.interpolate(body_share()[:, None])[:, 0] < 0.01
    flat, mapped = (
        np.degrees(np.arccos(np.clip((one * truth).sum(axis=1), -1, 1)))[clothed]
        for one in (own, mapped_normals(hits, body, picture))
    )
    assert flat.mean() > 10
    assert np.median(mapped) < 2
    assert mapped.mean() < 3


def test_what_no_frame_shows_is_flat_without_folds(body: np.ndarray, texels: Texels) -> None:
    picture = baked(body, rippled(body), texels)
    behind = (vertex_normals(body, BodyModel.load().triangles)[:, 2:] < -0.3).astype(np.float32)
    chosen = texels.interpolate(behind)[:, 0] > 0.999
    colours = picture[texels.rows[chosen] // 2, texels.columns[chosen] // 2].astype(int)
    assert np.median(np.abs(colours - (128, 128, 255)).max(axis=1)) == 0


def test_another_surface_in_front_says_nothing(body: np.ndarray, texels: Texels) -> None:
    picture = baked(body, rippled(body) + np.float32([0, 0, 0.1]), texels)
    inside = picture[texels.rows // 2, texels.columns // 2].astype(int)
    assert (np.abs(inside - (128, 128, 255)).max(axis=1) > 3).mean() < 0.02


def test_flat_means_the_bodys_own_normals(body: np.ndarray) -> None:
    own, mapped, _ = cosines(body, body, np.full((64, 64, 3), (128, 128, 255), np.uint8))
    assert np.abs(own - mapped).max() < 1e-3
