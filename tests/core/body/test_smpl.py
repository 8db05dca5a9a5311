"""SMPL with inner vertices, against its paper's formulas in numpy."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from core.body.smpl import SmplBody, read_model
from core.errors import RestageError
from core.pamir.weights import PamirFiles
from tests.core.pamir.synthetic_body import PARENTS, write_body


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> PamirFiles:
    folder = tmp_path_factory.mktemp("smpl")
    write_body(folder)
    return PamirFiles.find(folder)


@pytest.fixture(scope="module")
def body(files: PamirFiles) -> SmplBody:
    return SmplBody.load(files)


def skinned(files: PamirFiles, rotations: np.ndarray, betas: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Loper et al. 2015, equations 2 to 10, one vertex after the other; (24, 3, 3) and (10,)."""
    model = read_model(files.found["SMPL"])
    added = np.load(files.found["tetra_smpl.npz"])
    template = np.concatenate([model["v_template"], added["v_template_added"]])
    shapes = np.concatenate([model["shapedirs"], added["shapedirs_added"]])
    poses = np.concatenate([model["posedirs"], added["posedirs_added"]])
    weights = np.concatenate([model["weights"], added["weights_added"]])
    shaped = template + shapes @ betas
    joints = model["J_regressor"] @ shaped[: len(model["v_template"])]
    bent = shaped + poses @ (rotations[1:] - np.eye(3)).ravel()
    world = []
    for joint, parent in enumerate(PARENTS):
        local = np.eye(4)
        local[:3, :3] = rotations[joint]
        local[:3, 3] = joints[joint] - (joints[parent] if joint else 0)
        world.append(local if joint == 0 else world[parent] @ local)
    result = []
    for vertex, share in zip(bent, weights, strict=True):
        moved = [
            w * (m[:3, :3] @ (vertex - joints[j]) + m[:3, 3]) for j, (w, m) in enumerate(zip(share, world, strict=True))
        ]
        result.append(np.sum(moved, axis=0))
    return np.array(result), np.array([matrix[:3, 3] for matrix in world])


def random_pose(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.normal(0, 0.5, (24, 3)), rng.normal(0, 1, 10)


def test_surface_and_inner_vertices_follow_the_paper(body: SmplBody, files: PamirFiles) -> None:
    turns, betas = random_pose()
    matrices = Rotation.from_rotvec(turns).as_matrix()
    vertices, joints = skinned(files, matrices, betas)
    for rotations in (matrices[None], turns.reshape(1, 72)):
        made, at = body.pose(torch.from_numpy(rotations).float(), torch.from_numpy(betas[None]).float())
        assert made[0].numpy() == pytest.approx(vertices, abs=2e-5)
        assert at[0].numpy() == pytest.approx(joints, abs=2e-5)
    assert len(vertices) > body.surface_count


def test_keypoints_are_joints_and_extra_joints_in_order(body: SmplBody, files: PamirFiles) -> None:
    turns, betas = (torch.from_numpy(value).float() for value in random_pose(1))
    vertices, joints = body.pose(turns.reshape(1, 72), betas[None])
    extra = np.load(files.found["J_regressor_extra.npy"]) @ vertices[0, : body.surface_count].numpy()
    everything = np.concatenate([joints[0].numpy(), extra])
    chosen = [8, 5, 29, 30, 4, 7, 21, 19, 17, 16, 18, 20, 31, 32, 33, 34, 35, 36, 37, 24, 26, 25, 28, 27]
    assert body.keypoints(vertices, joints)[0].numpy() == pytest.approx(everything[chosen], abs=1e-5)


def test_codes_are_rest_vertices_in_a_box_of_one(body: SmplBody, files: PamirFiles) -> None:
    rest = np.loadtxt(files.found["vertices.txt"])
    assert body.codes.amin(dim=0).tolist() == [0, 0, 0]
    assert body.codes.amax(dim=0).tolist() == [1, 1, 1]
    highest = rest[:, 1].argmax()
    assert body.codes[highest, 1] == 1


def test_graphcmrs_template_is_centred_with_largest_coordinate_one(body: SmplBody) -> None:
    template = body.normalised_template()
    assert template.abs().max() == 1
    assert (template.amax(dim=0) + template.amin(dim=0)).abs().max() < 1e-6


def test_the_model_as_npz_is_the_same(files: PamirFiles, tmp_path: Path) -> None:
    model = read_model(files.found["SMPL"])
    kintree = np.array([[2**32 - 1, *PARENTS[1:]], range(24)], np.uint32)
    arrays = {name: value for name, value in model.items() if name != "parents"}
    # As later editions have it: more components than are used.
    arrays["shapedirs"] = np.concatenate([model["shapedirs"], np.ones((len(model["shapedirs"]), 3, 290))], axis=2)
    np.savez(tmp_path / "neutral.npz", kintree_table=kintree, **arrays)
    again = read_model(tmp_path / "neutral.npz")
    assert all(np.array_equal(again[name], model[name]) for name in model)


def test_what_does_not_belong_together_is_named(files: PamirFiles, tmp_path: Path) -> None:
    def refused(kind: str, path: Path) -> str:
        with pytest.raises(RestageError) as caught:
            SmplBody.load(replace(files, found=files.found | {kind: path}))
        assert caught.value.code == "body_wrong"
        assert str(path) in str(caught.value)
        return str(caught.value)

    (tmp_path / "faces.txt").write_text("1 2 900\n")
    assert "vertex 900 of 224" in refused("faces.txt", tmp_path / "faces.txt")
    (tmp_path / "vertices.txt").write_text("0 0 0\n1 1 1\n")
    assert "(2, 3)" in refused("vertices.txt", tmp_path / "vertices.txt")
    (tmp_path / "tetrahedrons.txt").write_text("1 2 3\n")
    assert "3 numbers and not 4" in refused("tetrahedrons.txt", tmp_path / "tetrahedrons.txt")
    (tmp_path / "words.txt").write_text("one two three\n")
    assert "no table" in refused("faces.txt", tmp_path / "words.txt")
    np.savez(
        tmp_path / "half.npz", v_template=np.zeros((4, 3)), weights=np.zeros((4, 24)), shapedirs=np.zeros((4, 3, 10))
    )
    assert "it has no J_regressor" in refused("SMPL", tmp_path / "half.npz")


def test_without_smplx_there_is_one_sentence(files: PamirFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(RestageError) as caught:
        SmplBody.load(files)
    assert caught.value.code == "smplx_missing"
    assert "non-commercial" in str(caught.value)
