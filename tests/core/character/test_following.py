"""A person in a patterned suit, whose mesh slid along the surface: pictures say by how much."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.body.model import BodyModel
from core.character.alignment import Atlas, movement
from core.character.following import draft_texture, even, followed
from core.character.painting import Keyframe, paint
from core.character.registration import visibility
from core.character.views import judge_views
from core.frame import ClipReader
from core.render import CameraView, MeshCaster, silhouette
from core.texture.projection import Photograph
from core.texture.unwrap import texels_of
from tests.core.character.test_stage import make_job
from tests.core.character.test_texture import large_camera, turned

MODEL = BodyModel.load()
# Metres: a wave of the pattern; and degrees by which the mesh slides about the vertical.
WAVE, SLID = 0.06, 5.0


def film(vertices: np.ndarray) -> Photograph:
    """A body in a pattern that tells where on it a place is, before grey."""
    view = large_camera()
    hits = MeshCaster(vertices, MODEL.triangles).cast(CameraView(view, view.width, view.height))
    waves = np.sin(2 * np.pi * hits.interpolate(MODEL.mean_vertices) / WAVE)
    picture = np.full((view.height, view.width, 3), 128, np.uint8)
    picture[silhouette(hits)] = 128 + 90 * waves
    return Photograph.of(picture, silhouette(hits).astype(np.uint8) * 255, 340.0 * 2)


def pattern(vertices: np.ndarray) -> Atlas:
    """The texture of what a body shows to the front."""
    texels, photograph = texels_of(512), film(vertices)
    views = judge_views(lambda number: (vertices, photograph), range(2), large_camera())
    keyframe = Keyframe(0, [0], vertices, photograph, large_camera(), texels, views)
    return paint(lambda row: keyframe, [0], texels).atlas(texels)


def slid_by(vertices: np.ndarray, photograph: Photograph, draft: Atlas) -> tuple[np.ndarray, np.ndarray]:
    """(V, 3) metres by which a mesh is to slide, and (V,) where the camera sees it well on the trunk."""
    seen = visibility(vertices, large_camera())
    ways, trust = followed(vertices, seen, photograph, large_camera(), draft)
    return even(ways, trust), MODEL.of_parts("torso") & MODEL.exterior & (seen > 0.8)


@pytest.fixture(scope="module")
def draft() -> Atlas:
    return pattern(turned(0.0))


def test_what_slid_comes_back_along_the_surface(draft: Atlas) -> None:
    there, mesh = turned(0.0), turned(SLID)
    ways, trunk = slid_by(mesh, film(there), draft)
    before = np.linalg.norm(mesh - there, axis=1)[trunk].mean()
    after = np.linalg.norm(mesh + ways - there, axis=1)[trunk].mean()
    assert before > 0.008
    assert after < 0.5 * before


def test_what_fits_stays(draft: Atlas) -> None:
    ways, trunk = slid_by(turned(0.0), film(turned(0.0)), draft)
    assert np.linalg.norm(ways[trunk], axis=1).mean() < 0.001


def test_the_side_that_nobody_sees_stays(draft: Atlas) -> None:
    ways, _ = slid_by(turned(SLID), film(turned(0.0)), draft)
    behind = MODEL.of_parts("torso") & (MODEL.mean_vertices[:, 2] < np.quantile(MODEL.mean_vertices[:, 2], 0.05))
    assert np.linalg.norm(ways[behind], axis=1).mean() < 0.002


def test_what_looks_otherwise_is_not_believed(draft: Atlas) -> None:
    there, photograph = turned(0.0), film(turned(0.0))
    picture = photograph.picture.copy()
    picture[:, : picture.shape[1] // 2] = 255 - picture[:, : picture.shape[1] // 2]
    found = movement(replace(photograph, picture=picture), MeshCaster(there, MODEL.triangles), large_camera(), draft)
    pixels = large_camera().project(there[MODEL.of_parts("torso") & (visibility(there, large_camera()) > 0.8)])
    left = pixels[:, 0] < picture.shape[1] / 2
    beliefs = found.beliefs(pixels)
    assert beliefs[left].mean() < 0.5 * beliefs[~left].mean()


def test_too_few_frames_have_nothing_to_follow(tmp_path: Path) -> None:
    reader = ClipReader(make_job(tmp_path / "person.restage"))
    assert draft_texture(reader, reader.numbers[:2], reader.body) is None
    assert draft_texture(reader, reader.numbers, reader.body) is not None
