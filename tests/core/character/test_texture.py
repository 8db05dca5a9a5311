"""The texture shows what the clip shows: a person whose colours are known, filmed from the front while turning."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from core.body.model import BodyModel
from core.character.texture import fuse_texture
from core.character.views import judge_views
from core.render import CameraView, MeshCaster, silhouette, vertex_areas, vertex_normals
from core.spaces import Camera
from core.texture.body_colours import Glimpse, gather_colours
from core.texture.projection import Photograph
from core.texture.unwrap import Texels, texels_of
from tests.core.posed_person import camera
from tests.core.texture.test_head import HAIR, with_strand
from tests.core.texture.test_head import SKIN as BARE

BALL, GRASS, GREY = (255, 255, 255), (0, 255, 0), 128.0
SKIN, CLOTH = (190.0, 140.0, 120.0), (50.0, 52.0, 48.0)
# Degrees by which the person is turned: one temple is seen well, the other one from aside.
ASIDE = (-10.0, 20.0)
# How many times as large the camera that looks at the head sees it.
CLOSE = 6


def large_camera() -> Camera:
    small = camera()
    return Camera(
        small.focal * 2, (small.width, small.height), small.width * 2, small.height * 2, small.camera_to_world
    )


def close_camera() -> Camera:
    """Of the head alone."""
    wide = large_camera()
    x, y = wide.project(BodyModel.load().mean_vertices[BodyModel.load().of_parts("head")]).mean(axis=0)
    centre = (wide.width / 2 + CLOSE * (wide.centre[0] - x), wide.height / 2 + CLOSE * (wide.centre[1] - y))
    return Camera(wide.focal * CLOSE, centre, wide.width, wide.height, wide.camera_to_world)


def painted() -> np.ndarray:
    """(V, 3) colours 0-255, alike on both sides, that tell where on the body a place is."""
    rest = BodyModel.load().mean_vertices
    code = (rest - rest.min(axis=0)) / np.ptp(rest, axis=0)
    return np.stack([40 + 150 * code[:, 1], 60 + 300 * np.abs(code[:, 0] - 0.5), 60 + 150 * code[:, 2]], 1).astype("f4")


def turned(degrees: float) -> np.ndarray:
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]])
    return (BodyModel.load().mean_vertices @ turn.T).astype(np.float32)


def film(
    vertices: np.ndarray,
    light: float = 1.0,
    ball: bool = False,
    colours: np.ndarray | None = None,
    view: Camera | None = None,
) -> Photograph:
    """The person before green, as `painted`, or in colours (V, 3) 0-255; `light` times as bright; with a white ball
    before the right thigh, in the mask."""
    view = view or large_camera()
    hits = MeshCaster(vertices, BodyModel.load().triangles).cast(CameraView(view, view.width, view.height))
    mask = silhouette(hits).astype(np.uint8) * 255
    picture = np.zeros((view.height, view.width, 3), np.uint8)
    picture[:] = GRASS
    picture[mask > 0] = np.clip(hits.interpolate(painted() if colours is None else colours) * light, 0, 255)
    if ball:
        model = BodyModel.load()
        thigh = (model.parts == model.part_names.index("thigh")) & (vertices[:, 0] > 0)
        place = tuple(view.project(vertices[thigh]).mean(axis=0).astype(int).tolist())
        cv2.circle(picture, place, 25, BALL, -1)
        cv2.circle(mask, place, 25, 255, -1)
    return Photograph.of(picture, mask, 340.0 * 2)


def atlas(
    texels: Texels,
    vertices: list[np.ndarray],
    photographs: list[Photograph],
    view: Camera | None = None,
    remembered: tuple[np.ndarray, np.ndarray] | None = None,
) -> np.ndarray:
    """The fused colours (N, 3) of the texels, of a clip that remembers nothing but grey, or something else."""
    count = len(vertices[0])
    get: Callable[[int], np.ndarray] = vertices.__getitem__
    view, light = view or large_camera(), np.ones((count, 1), np.float32)
    remembered = remembered or (np.full((count, 3), GREY, np.float32), np.zeros(count, bool))
    picture = fuse_texture(list(range(len(vertices))), get, photographs.__getitem__, view, remembered, light, texels)
    return picture[texels.rows, texels.columns].astype(np.float32)


@pytest.fixture(scope="module")
def texels() -> Texels:
    return texels_of(512)


@pytest.fixture(scope="module")
def front(texels: Texels) -> np.ndarray:
    vertices = [turned(angle) for angle in (-20, -10, 0, 10, 20)]
    return atlas(texels, vertices, [film(placed) for placed in vertices])


def on(texels: Texels, part: str, facing: float) -> np.ndarray:
    """(N,) texels of a body part whose surface faces forwards (1) or backwards (-1) in the rest pose."""
    model = BodyModel.load()
    normals = vertex_normals(model.mean_vertices, model.triangles)
    inside = (model.parts == model.part_names.index(part)) & model.exterior
    chosen = inside & (normals[:, 2] * facing > 0.6)
    return chosen[model.triangles].all(axis=1)[texels.face]


def test_seen_places_have_the_colours_of_the_person(texels: Texels, front: np.ndarray) -> None:
    away = np.abs(front - texels.interpolate(painted())).max(axis=1)
    for part in ("torso", "thigh", "head", "upper_arm"):
        assert np.median(away[on(texels, part, 1)]) < 6, part
        assert np.quantile(away[on(texels, part, 1)], 0.95) < 25, part


def test_unseen_places_have_the_fill_and_nothing_has_the_background(texels: Texels, front: np.ndarray) -> None:
    assert np.median(np.abs(front[on(texels, "torso", -1)] - GREY)) < 3
    green = (front[:, 1] > 200) & (front[:, 0] < 60)
    assert green.mean() < 0.001


def test_the_back_of_the_head_looks_like_its_top(texels: Texels, front: np.ndarray) -> None:
    model = BodyModel.load()
    head = (model.parts == model.part_names.index("head")) & model.exterior
    _, y, z = model.mean_vertices.T
    back = head & (y > y.max() - 0.14) & (z < np.median(z[head]) - 0.06)
    top = np.median(painted()[head & (y > y.max() - 0.06)], axis=0)
    shown = np.median(front[back[model.triangles].all(axis=1)[texels.face]], axis=0)
    assert np.abs(shown - top).max() < 30 and np.abs(shown - GREY).max() > 40


def test_frames_of_another_light_leave_no_trace(texels: Texels, front: np.ndarray) -> None:
    vertices = [turned(angle) for angle in (-20, -10, 0, 10, 20)]
    lights = (1.0, 1.0, 1.0, 1.25, 0.8)
    mixed = atlas(texels, vertices, [film(placed, light) for placed, light in zip(vertices, lights, strict=True)])
    chosen = on(texels, "torso", 1)
    assert np.abs(mixed[chosen].mean(axis=1) / front[chosen].mean(axis=1) - 1).mean() < 0.03


def test_a_ball_that_passes_in_front_is_not_printed_on(texels: Texels) -> None:
    vertices = [turned(angle) for angle in (-10, -5, 0, 5, 10)]
    result = atlas(texels, vertices, [film(placed, ball=row in (1, 3)) for row, placed in enumerate(vertices)])
    away = np.abs(result - texels.interpolate(painted())).max(axis=1)
    thighs = on(texels, "thigh", 1)
    assert np.median(away[thighs]) < 6 and np.quantile(away[thighs], 0.99) < 60
    assert (result[thighs].min(axis=1) > 150).mean() < 0.002


def test_a_sharp_frame_beats_one_blurred_by_motion() -> None:
    vertices = [turned(0.0)] * 2
    sharp = film(vertices[0])
    stripes = ((np.arange(sharp.picture.shape[1]) // 4) % 2 * 80).astype(np.uint8)[None, :, None]
    crisp = Photograph(np.clip(sharp.picture // 2 + stripes, 0, 255).astype(np.uint8), sharp.inwards, sharp.purity)
    blurred = Photograph(cv2.blur(crisp.picture, (31, 1)), sharp.inwards, sharp.purity)
    views = judge_views(list(zip(vertices, [blurred, crisp], strict=True)).__getitem__, range(2), large_camera())
    assert views.keyframes(vertex_areas(vertices[0], BodyModel.load().triangles))[0] == 1


def test_it_is_as_bright_as_the_clip_remembers_the_person(texels: Texels) -> None:
    """The frames of the texture are darker than most of the clip."""
    vertices = [turned(angle) for angle in (-10, 10)]
    dim = [film(placed, 0.85) for placed in vertices]
    known = BodyModel.load().exterior
    away = [
        texels.interpolate(painted()) - atlas(texels, vertices, dim, remembered=(painted(), chosen))
        for chosen in (known, np.zeros_like(known))
    ]
    faces_front = (vertex_normals(vertices[0], BodyModel.load().triangles)[:, 2] > 0.8) & known
    seen = faces_front[BodyModel.load().triangles].all(axis=1)[texels.face]
    with_memory, without = (float(np.median(difference[seen].mean(axis=1))) for difference in away)
    assert abs(with_memory) < 2.0 and without > 8.0


def test_a_hidden_limb_looks_like_the_other_one(texels: Texels) -> None:
    vertices = [turned(80.0), turned(85.0)]
    photographs, view = [film(placed) for placed in vertices], large_camera()
    shown = [Glimpse.of(placed, photo, view) for placed, photo in zip(vertices, photographs, strict=True)]
    result = atlas(texels, vertices, photographs, remembered=gather_colours(shown)[:2])
    away = np.abs(result - texels.interpolate(painted())).max(axis=1)
    model = BodyModel.load()
    normals = vertex_normals(model.mean_vertices, model.triangles)
    thigh = (model.parts == model.part_names.index("thigh")) & (model.mean_vertices[:, 1] < -0.2)
    for side in (1.0, -1.0):
        outer = thigh & (model.mean_vertices[:, 0] * side > 0) & (normals[:, 0] * side > 0.7)
        assert np.median(away[outer[model.triangles].all(axis=1)[texels.face]]) < 12, side


def test_a_hidden_limb_has_the_detail_of_the_other_one_and_none_of_its_light(texels: Texels) -> None:
    """Frames that are brighter than the clip remembers the trunk show the right thigh from aside."""
    model, vertices = BodyModel.load(), [turned(80.0), turned(85.0)]
    bright = [film(placed, 1.25) for placed in vertices]
    result = atlas(texels, vertices, bright, remembered=(painted(), model.of_parts("torso")))
    normals = vertex_normals(model.mean_vertices, model.triangles)
    hidden = model.of_parts("thigh") & (model.mean_vertices[:, 0] > 0) & (normals[:, 0] > 0.6)
    away = np.abs(result - texels.interpolate(painted())).max(axis=1)
    assert away[hidden[model.triangles].all(axis=1)[texels.face]].mean() < 2.0


def test_a_strand_that_is_seen_from_aside_stays_hair(texels: Texels) -> None:
    """The camera sees the bare temple, and past it what hangs before the other one."""
    colours, strand = with_strand(0.04)
    model, view, vertices = BodyModel.load(), close_camera(), [turned(angle) for angle in ASIDE]
    result = atlas(texels, vertices, [film(placed, colours=colours, view=view) for placed in vertices], view)
    hair, bare = (chosen[model.triangles].all(axis=1)[texels.face] for chosen in (strand, strand[model.mirror]))
    assert (np.linalg.norm(result[hair] - HAIR, axis=1) < 40).mean() > 0.7
    assert (np.linalg.norm(result[bare] - BARE, axis=1) < 40).mean() > 0.9


def test_hands_that_are_never_seen_well_are_no_sleeves() -> None:
    """Nothing around them looks as they do."""
    model, view, vertices = BodyModel.load(), large_camera(), turned(0.0)
    hands = model.of_parts("hand")
    hits = MeshCaster(vertices, model.triangles).cast(CameraView(view, view.width, view.height))
    picture = np.zeros((view.height, view.width, 3), np.uint8)
    picture[silhouette(hits)] = hits.interpolate(np.where(hands[:, None], SKIN, CLOTH).astype(np.float32))
    shown = Photograph.of(picture, silhouette(hits).astype(np.uint8) * 255, 340.0 * 2)
    views = judge_views(lambda number: (vertices, shown), range(3), view)
    assert views.quality[:, hands].max() < 0.3
    assert views.reference[hands] == pytest.approx(np.broadcast_to(SKIN, (int(hands.sum()), 3)), abs=15)
