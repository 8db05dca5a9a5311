"""The body moves onto its mask, and takes on the clothes that the mask shows."""

import numpy as np
import pytest

from core.body.model import BodyModel
from core.job import Job
from core.picture import read_mask
from core.ply import read_ply
from core.render import MeshCaster, silhouette, vertex_normals
from core.spaces import CROP_SIZE, CanonicalView
from core.surface.clothing import dress, measure_clothing
from core.surface.silhouette import MaskField, align, measure_outline
from tests.core.posed_person import camera, crop_around, pose

SIZE = 256


@pytest.fixture(scope="module")
def body() -> np.ndarray:
    return pose({}).vertices


@pytest.fixture(scope="module")
def view(body: np.ndarray) -> CanonicalView:
    return CanonicalView(camera(), crop_around(camera(), body), 4.0)


def soft_mask(view: CanonicalView, body: np.ndarray, wider: float = 0.0) -> MaskField:
    """The crop's mask of a body, widened by `wider` metres."""
    import cv2

    fine = 4 * SIZE
    caster = MeshCaster(body, BodyModel.load().triangles)
    solid = silhouette(caster.render(view.camera, fine, fine, view.crop)).astype(np.uint8)
    away = cv2.distanceTransform(1 - solid, cv2.DIST_L2, 5)
    pixels = wider / view.metres_per_unit * 500.0 * fine / CROP_SIZE
    mask = cv2.resize((away <= pixels).astype(np.float32), (SIZE, SIZE), interpolation=cv2.INTER_AREA)
    return MaskField.of(mask)


def canonical(view: CanonicalView, body: np.ndarray) -> np.ndarray:
    return view.from_world(body).astype(np.float32)


def test_a_body_agrees_with_its_own_mask(view: CanonicalView, body: np.ndarray) -> None:
    outline = measure_outline(canonical(view, body), view, soft_mask(view, body))
    assert len(outline.index) > 300
    # A pixel of the mask is 9 mm here.
    assert np.median(np.abs(outline.offset)) * view.metres_per_unit < 0.007


def test_a_shifted_body_moves_back(view: CanonicalView, body: np.ndarray) -> None:
    shift = np.array([0.03, 0.0, 0.0])
    moved, mask, model = canonical(view, body + shift), soft_mask(view, body), BodyModel.load()
    for _ in range(3):
        moved = align(moved, view, mask)
    left = view.to_world(moved) - body
    trunk = np.isin(model.parts, [model.part_names.index(name) for name in ("torso", "thigh", "shin")])
    assert np.median(np.abs(left[trunk, 0])) < 0.01


def test_hair_does_not_lift_the_face(view: CanonicalView, body: np.ndarray) -> None:
    """Curls that stand three centimetres above the skull and beside it."""
    model = BodyModel.load()
    eyes = model.landmark_mean[2, 1]
    skull = model.of_parts("head") & model.exterior & (model.mean_vertices[:, 1] > eyes + 0.03)
    hairy = body.copy()
    hairy[skull] += 0.03 * vertex_normals(body, model.triangles)[skull]
    moved, mask = canonical(view, body), soft_mask(view, hairy)
    for _ in range(2):
        moved = align(moved, view, mask)
    nose = np.argmin(np.linalg.norm(model.mean_vertices - model.landmark_mean[0], axis=1))
    assert np.linalg.norm(view.to_world(moved)[nose] - body[nose]) < 0.004


def test_a_wider_mask_is_clothes_but_no_wider_face(view: CanonicalView, body: np.ndarray) -> None:
    model, mask = BodyModel.load(), soft_mask(view, body, wider=0.02)
    frames = [(canonical(view, body), view, mask)] * 8
    thickness = measure_clothing(frames)
    torso = model.parts == model.part_names.index("torso")
    shin = model.parts == model.part_names.index("shin")
    assert 0.008 < np.quantile(thickness[torso], 0.8) < 0.03
    assert 0.008 < np.quantile(thickness[shin], 0.8) < 0.03
    dressed = view.to_world(dress(canonical(view, body), view, mask, thickness))
    nose = np.argmin(np.linalg.norm(model.mean_vertices - model.landmark_mean[0], axis=1))
    assert np.linalg.norm(dressed[nose] - body[nose]) < 0.01


def test_a_body_in_its_own_mask_wears_nothing(view: CanonicalView, body: np.ndarray) -> None:
    thickness = measure_clothing([(canonical(view, body), view, soft_mask(view, body))] * 4)
    assert np.abs(thickness).mean() < 0.005


def test_real_meshes_cover_their_masks(demo_job: Job) -> None:
    view = demo_job.camera()
    assert len(demo_job.finished_frames()) == 3
    for number in demo_job.finished_frames():
        vertices, faces, _ = read_ply(demo_job.mesh_path(number))
        shown = silhouette(MeshCaster(vertices, faces).render(view, view.width, view.height))
        mask = read_mask(demo_job.mask_path(number)) > 127
        assert (shown & mask).sum() / (shown | mask).sum() > 0.95
