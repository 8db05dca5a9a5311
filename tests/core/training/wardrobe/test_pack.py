from pathlib import Path

import numpy as np
import pytest

from core.errors import RestageError
from core.training.avatar import Avatar
from core.training.binding import avatar_bones
from core.training.wardrobe.dress import Wardrobe, dressed
from core.training.wardrobe.pack import packed

from .people import figure, write_wardrobe


@pytest.fixture
def wardrobe(tmp_path: Path) -> Wardrobe:
    write_wardrobe(tmp_path / "garments", figure())
    return Wardrobe.load(tmp_path / "garments")


def _avatar(folder: Path, wardrobe: Wardrobe, seed: int) -> Avatar:
    name, pieces = dressed(figure(), wardrobe, np.random.default_rng(seed))
    path = folder / f"somebody_{name}.npz"
    np.savez(path, **packed(figure(), pieces))
    return Avatar.load(path)


def test_a_dressed_figure_is_an_avatar_in_a_t_pose(tmp_path: Path, wardrobe: Wardrobe) -> None:
    avatar = _avatar(tmp_path, wardrobe, 0)
    assert avatar.person == "somebody"
    assert abs(avatar.vertices[:, 1].min()) < 1e-3
    for side, left in (("Left", 1.0), ("Right", -1.0)):
        shoulder, wrist, hip, ankle = (
            avatar.heads[avatar.bone(side + bone)] for bone in ("Arm", "Hand", "UpLeg", "Foot")
        )
        np.testing.assert_allclose((wrist - shoulder)[1:], 0, atol=1e-4)
        assert left * (wrist - shoulder)[0] > 0.4
        np.testing.assert_allclose((ankle - hip)[[0, 2]], 0, atol=1e-4)
    # Hands are where the arms end, in the mesh too.
    assert avatar.vertices[:, 0].max() > avatar.heads[avatar.bone("LeftHandMiddle1")][0]
    # The body that trainings bind knows every bone.
    assert len(avatar_bones(avatar)) > 50


def test_hidden_skin_is_left_out_and_clothes_have_textures_of_their_own(tmp_path: Path, wardrobe: Wardrobe) -> None:
    body = figure()
    covered = {*range(10), 20}
    _, pieces = dressed(body, wardrobe, np.random.default_rng(3))
    skin = pieces[0]
    assert len(skin.triangles) <= len(body.faces)
    shown = [set(triangle) for triangle in skin.triangles.tolist()]
    assert not any(triangle <= covered for triangle in shown)
    avatar = _avatar(tmp_path, wardrobe, 3)
    assert len(avatar.textures) >= 4
    assert set(np.unique(avatar.face_texture)) <= set(range(len(avatar.textures)))


def test_under_a_skirt_are_no_trousers_but_legs(wardrobe: Wardrobe) -> None:
    for seed in range(40):
        name, pieces = dressed(figure(), wardrobe, np.random.default_rng(seed))
        if name.endswith("-skirt"):
            # Skin, shoes, skirt, clothes, hair.
            hanging, clothes = pieces[2], pieces[3]
            height = clothes.vertices[clothes.triangles][..., 1].min(axis=1)
            waist, hem = hanging.vertices[:, 1].max(), hanging.vertices[:, 1].min()
            assert not ((height > hem + 0.05) & (height < waist - 0.05)).any()
            return
    pytest.fail("nobody of forty wore a skirt")


def test_the_same_number_makes_the_same_person(wardrobe: Wardrobe) -> None:
    first, second = (packed(figure(), dressed(figure(), wardrobe, np.random.default_rng(5))[1]) for _ in range(2))
    assert all(np.array_equal(first[name], second[name]) for name in first)


def test_an_empty_wardrobe_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RestageError) as error:
        Wardrobe.load(tmp_path / "nothing")
    assert error.value.code == "wardrobe_empty"
