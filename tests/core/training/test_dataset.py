"""From rigged people and walks to samples."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from core.__main__ import main
from core.body.model import BodyModel
from core.errors import ExitCode, RestageError
from core.render import MeshCaster
from core.training.avatar import Avatar
from core.training.binding import BoundBody
from core.training.dataset import DataSet
from core.training.labels import sample_occupancy
from core.training.motion import Motion
from core.training.retarget import Calibration, retarget
from core.training.sample import follow
from core.training.scene import TIPPED, bone_rotations, disturbed
from core.training.variation import ARM, CHEST, mixed, vary
from tests.core.training.synthetic_people import bones, write_people


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return write_people(tmp_path_factory.mktemp("people"))


@pytest.fixture(scope="module")
def avatar(people: tuple[Path, Path]) -> Avatar:
    return Avatar.load(sorted(people[0].glob("*.npz"))[0])


def turned(avatar: Avatar, **turns: np.ndarray) -> np.ndarray:
    return bone_rotations(avatar, turns, np.eye(3, dtype=np.float32))


def about_z(degrees: float) -> np.ndarray:
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]], np.float32)


def test_a_bone_takes_what_hangs_on_it_along(avatar: Avatar) -> None:
    posed = avatar.posed(turned(avatar, LeftArm=about_z(-90)))
    hand = avatar.bone("LeftHand")
    mine = avatar.weight_bones[:, 0] == hand
    # The arm pointed to +x from (0.17, 1.4); now it hangs.
    expected = (avatar.vertices[mine] - [0.17, 1.4, 0]) @ about_z(-90).T + [0.17, 1.4, 0]
    assert posed[mine] == pytest.approx(expected, abs=1e-4)
    other = avatar.weight_bones[:, 0] == avatar.bone("RightHand")
    assert posed[other] == pytest.approx(avatar.vertices[other], abs=1e-5)


def test_a_walk_is_the_captures(people: tuple[Path, Path], avatar: Avatar) -> None:
    motions = [Motion.load(path) for path in sorted(people[1].glob("*.bvh"))]
    turns = retarget(motions[0], Calibration.of(motions))
    names = [name for name, _, _ in bones()]
    rest = dict(zip(names, avatar.heads, strict=True))
    for frame in (0, 5, 12):
        joints = avatar.joints(
            bone_rotations(avatar, {n: t[frame] for n, t in turns.items()}, np.eye(3, dtype=np.float32))
        )
        for upper, lower, source in (("LeftArm", "LeftForeArm", "L_Upperarm"), ("RightUpLeg", "RightLeg", "R_Thigh")):
            made = joints[avatar.bone(lower)] - joints[avatar.bone(upper)]
            captured = {"L_Upperarm": "CC_Base_L_Forearm", "R_Thigh": "CC_Base_R_Calf"}[source]
            wanted = motions[0].position(captured)[frame] - motions[0].position(f"CC_Base_{source}")[frame]
            assert made / np.linalg.norm(made) == pytest.approx(wanted / np.linalg.norm(wanted), abs=0.02)
        # The trunk stays upright.
        assert joints[avatar.bone("Head")] == pytest.approx(rest["Head"], abs=0.01)


@pytest.mark.parametrize(("bent", "found"), [(20, 20), (80, 35), (-40, -40), (-140, -65)])
def test_ankles_bend_no_further_than_ankles_do(people: tuple[Path, Path], bent: float, found: float) -> None:
    """Degrees by which a captured foot is bent up against its shin."""
    motion = Motion.load(min(people[1].glob("*.bvh")))
    calibration = Calibration.of([motion])
    rotations = motion.rotations.copy()
    foot = motion.bone_names.index("CC_Base_L_Foot")
    shin = retarget(motion, calibration)["LeftLeg"]
    lifted = Rotation.from_euler("x", -bent, degrees=True).as_matrix()
    rotations[:, foot] = shin @ lifted @ calibration.standing["LeftFoot"]
    turns = retarget(replace(motion, rotations=rotations), calibration)
    forwards = (np.swapaxes(turns["LeftLeg"], 1, 2) @ turns["LeftFoot"])[:, :, 2]
    assert np.degrees(np.arctan2(forwards[:, 1], forwards[:, 2])) == pytest.approx(found, abs=0.1)


def test_errors_add_up_down_the_chain(avatar: Avatar) -> None:
    rng = np.random.default_rng(0)
    straight = turned(avatar)
    angles = {name: [] for name in ("Hips", "LeftHand")}
    for _ in range(200):
        wrong = disturbed(avatar, straight, 0.05, np.eye(3, dtype=np.float32), rng)
        for name, found in angles.items():
            trace = np.trace(wrong[avatar.bone(name)])
            found.append(np.arccos(np.clip((trace - 1) / 2, -1, 1)))
    # Mean length of a vector whose parts err by 0.05 about the view's axis and by more about the others.
    vectors = rng.normal(0, 0.05, (20_000, 3)) * [TIPPED, TIPPED, 1.0]
    assert np.mean(angles["Hips"]) == pytest.approx(np.linalg.norm(vectors, axis=1).mean(), rel=0.15)
    assert np.mean(angles["LeftHand"]) > 2 * np.mean(angles["Hips"])


def test_inside_is_inside(avatar: Avatar) -> None:
    points, inside = sample_occupancy(avatar.vertices, avatar.faces, 1.0, np.random.default_rng(0))
    half = np.zeros(len(points), bool)
    for box in avatar.vertices.reshape(-1, 8, 3):
        half |= ((points > box.min(axis=0)) & (points < box.max(axis=0))).all(axis=1)
    assert np.mean(half == inside) > 0.999
    assert 0.25 < inside.mean() < 0.6


@pytest.fixture(scope="module")
def made(people: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> DataSet:
    folder = tmp_path_factory.mktemp("samples")
    arguments = [
        "dataset", "make", "--avatars", str(people[0]), "--motions", str(people[1]), "--output", str(folder),
        "--count", "2", "--workers", "2",
    ]  # fmt: skip
    assert main(arguments) == ExitCode.OK
    return DataSet.open(*people, folder / "train", "train")


def test_people_are_split(people: tuple[Path, Path], made: DataSet) -> None:
    held_out = DataSet.open(*people, made.folder, "held_out")
    assert {path.stem for path in made.avatars}.isdisjoint({path.stem for path in held_out.avatars})
    with pytest.raises(RestageError) as caught:
        DataSet.open(people[1], people[1], made.folder, "train")
    assert caught.value.code == "dataset_empty"


def test_what_a_held_out_person_has_too_is_not_trained_with(people: tuple[Path, Path], tmp_path: Path) -> None:
    avatars, first = tmp_path / "avatars", sorted(people[0].glob("*.npz"))[0]
    shutil.copytree(people[0], avatars)
    # The first person by name is held out; somebody who is trained with gets the same clothes and face.
    shutil.copy(first, avatars / f"{first.stem.split('_')[0]}_9_Copy.npz")
    names = {path.stem for path in DataSet.open(avatars, people[1], tmp_path, "train").avatars}
    assert names == {path.stem for path in DataSet.open(*people, tmp_path, "train").avatars}


def test_the_same_number_is_the_same_scene(made: DataSet) -> None:
    first, second = made.scene(1), made.scene(1)
    assert np.array_equal(first.canonical, second.canonical)
    assert not np.array_equal(first.canonical, made.scene(0).canonical)


def test_picture_labels_and_body_belong_together(made: DataSet) -> None:
    for number in (0, 1):
        scene = made.scene(number)
        with np.load(made.path(number), allow_pickle=False) as values:
            sample = dict(values)
        mask = sample["picture"][..., 3] > 0
        # The person as high as a crop shows it.
        rows = np.flatnonzero(mask.any(axis=1))
        assert 0.5 < len(rows) / 256 < 0.85
        # Inside points lie in the picture's silhouette and between front and back.
        inside = np.unpackbits(sample["inside"])[: len(sample["body_places"])] > 0
        points = sample["body_places"].astype(np.float32)[inside]
        columns, lines = ((points[:, :2] * [500, -500] + 256) / 2).astype(int).T
        assert mask[lines, columns].mean() > 0.97
        front, back = (sample["depths"][side].astype(np.float32)[lines, columns] for side in (0, 1))
        seen = mask[lines, columns]
        assert ((points[:, 2] < front + 0.01) & (points[:, 2] > back - 0.01))[seen].mean() > 0.98
        # Red above, blue below: the light's colour is not so strong.
        upper, lower = (sample["picture"][part][mask[part]].astype(int) for part in (np.s_[:100], np.s_[170:]))
        assert (upper[:, 0] > upper[:, 2]).mean() > 0.9
        assert (lower[:, 2] > lower[:, 0]).mean() > 0.9
        # The body lies inside the clothes, nearly everywhere.
        caster = MeshCaster(scene.canonical, scene.avatar.faces)
        exterior = scene.body[BodyModel.load().exterior]
        assert caster.inside(exterior).mean() > 0.5
        assert 0.001 < np.linalg.norm(scene.noisy - scene.body, axis=1).mean() < 0.1


def test_what_exists_is_kept_and_bodies_are_fitted_once(made: DataSet, people: tuple[Path, Path]) -> None:
    before = made.path(0).stat().st_mtime_ns
    content = made.path(1).read_bytes()
    made.path(1).unlink()
    assert main([
        "dataset", "make", "--avatars", str(people[0]), "--motions", str(people[1]),
        "--output", str(made.folder.parent), "--count", "2",
    ]) == ExitCode.OK  # fmt: skip
    assert made.path(0).stat().st_mtime_ns == before
    assert made.path(1).read_bytes() == content


def test_unreadable_people_and_motions_are_named(tmp_path: Path) -> None:
    (tmp_path / "a.npz").write_bytes(b"nothing")
    with pytest.raises(RestageError) as caught:
        Avatar.load(tmp_path / "a.npz")
    assert caught.value.code == "avatar_unreadable"
    for text in ("", "HIERARCHY\nMOTION\n", "HIERARCHY\nROOT a\n{\nOFFSET 0 0 0\n"):
        (tmp_path / "a.bvh").write_text(text)
        with pytest.raises(RestageError) as caught:
            Motion.load(tmp_path / "a.bvh")
        assert caught.value.code == "motion_unreadable"


def test_a_bound_body_moves_with_the_bones(made: DataSet) -> None:
    person, model = Avatar.load(made.avatars[0]), BodyModel.load()
    bound = BoundBody.load(person, made.folder.parent / "bodies")
    posed = bound.posed(*person.transforms(turned(person, LeftArm=about_z(-90))))
    hand = (model.parts == model.part_names.index("hand")) & (bound.rest[:, 0] > 0)
    assert bound.rest[hand, 0].mean() > 0.6
    assert posed[hand, 1].mean() < bound.rest[hand, 1].mean() - 0.4


def test_labels_follow_the_body_in_depth_only() -> None:
    """A body that is 0.02 too far forward: points near it move by 0.02, within the limit, and only along z."""
    rng = np.random.default_rng(0)
    body = BodyModel.load().mean_vertices * np.float32(0.4)
    points = (body[::40] + rng.normal(0, 0.01, body[::40].shape)).astype(np.float32)
    moved = follow(points, body, body + np.array([0.01, 0.0, 0.02], np.float32))
    assert np.array_equal(moved[:, :2], points[:, :2])
    assert moved[:, 2] - points[:, 2] == pytest.approx(np.full(len(points), 0.05 * np.tanh(0.4)), abs=1e-5)


def test_varied_people_keep_their_bodies_inside(made: DataSet) -> None:
    person = Avatar.load(made.avatars[0])
    bound = BoundBody.load(person, made.folder.parent / "bodies")
    rng = np.random.default_rng(3)
    other, body = vary(person, bound, rng)
    assert other.height == pytest.approx(person.height, abs=0.02)
    ratio = np.ptp(other.vertices, axis=0) / np.ptp(person.vertices, axis=0)
    assert 0.85 < ratio[0] < 1.15
    assert np.ptp(body.rest, axis=0) / np.ptp(bound.rest, axis=0) == pytest.approx(ratio, abs=0.05)
    assert not np.array_equal(other.textures[0], person.textures[0])
    # The joints of the wider person are where its wider limbs are.
    assert other.heads[other.bone("LeftHand"), 0] / person.heads[person.bone("LeftHand"), 0] == pytest.approx(
        ratio[0], abs=0.05
    )


def test_an_erring_body_errs_along_the_view(made: DataSet) -> None:
    errors = np.concatenate([scene.noisy - scene.body for scene in map(made.scene, range(6))])
    across, along = np.abs(errors[:, :2]).mean(), np.abs(errors[:, 2]).mean()
    assert 2 * across < along < 0.1


def test_a_borrowed_arm_hangs_on_the_chest_as_it_did() -> None:
    rng = np.random.default_rng(0)
    names = ("Hips", CHEST, "Head", *(f"{side}{bone}" for side in ("Left", "Right") for bone in ARM))
    turns, other = ({name: Rotation.random(random_state=rng).as_matrix() for name in names} for _ in range(2))
    borrowed = 0
    for _ in range(20):
        changed = mixed(turns, other, rng)
        assert np.array_equal(changed["Head"], turns["Head"])
        for side in ("Left", "Right"):
            if np.allclose(changed[f"{side}Arm"], turns[f"{side}Arm"]):
                continue
            borrowed += 1
            for bone in ARM:
                relative = turns[CHEST].T @ changed[f"{side}{bone}"]
                assert relative == pytest.approx(other[CHEST].T @ other[f"{side}{bone}"])
    assert 0 < borrowed < 40
