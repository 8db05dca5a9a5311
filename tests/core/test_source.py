"""What a job is made from: clips and folders of pictures with masks."""

from pathlib import Path

import pytest

from core.errors import RestageError
from core.source import describe_source, frame_number, list_images, numbered_files, source_name


def make_images(folder: Path, *names: str) -> None:
    folder.mkdir(exist_ok=True)
    for name in names:
        (folder / name).write_bytes(name.encode())


def test_pictures_come_in_order_with_masks_and_keypoints(tmp_path: Path) -> None:
    make_images(tmp_path, "b.png", "b_mask.png", "b_keypoints.json", "a.JPG", "a_mask.png", "readme.txt")
    images = list_images(tmp_path)
    assert [image.name for image in images] == ["a", "b"]
    assert images[0].mask == tmp_path / "a_mask.png"
    assert images[0].keypoints is None
    assert images[1].keypoints == tmp_path / "b_keypoints.json"


@pytest.mark.parametrize("names", [(), ("readme.txt",), ("a.png",), ("a.png", "a_mask.png", "b.png")])
def test_what_is_missing_is_named(tmp_path: Path, names: tuple[str, ...]) -> None:
    make_images(tmp_path, *names)
    with pytest.raises(RestageError) as caught:
        list_images(tmp_path)
    assert caught.value.code == "images_missing"
    if "b.png" in names:
        assert "b_mask.png" in str(caught.value)


def test_a_changed_mask_makes_another_source(tmp_path: Path) -> None:
    make_images(tmp_path, "a.png", "a_mask.png")
    before = describe_source(tmp_path)
    (tmp_path / "a_mask.png").write_bytes(b"A_MASK.PNG")
    assert describe_source(tmp_path)["sha256"] != before["sha256"]
    assert describe_source(tmp_path)["size"] == before["size"]


def test_a_folder_keeps_its_whole_name(tmp_path: Path) -> None:
    folder = tmp_path / "walk.v2"
    make_images(folder, "a.png", "a_mask.png")
    assert source_name(folder) == "walk.v2"
    assert source_name(tmp_path / "walk.v2.mp4") == "walk.v2"


def test_files_by_name_and_number(tmp_path: Path) -> None:
    make_images(tmp_path, "walk_000000000012_keypoints.json", "0003_keypoints.json", "other.json")
    found = numbered_files(tmp_path, "_keypoints", (".json",))
    assert {frame_number(name) for name in found} == {12, 3}
    assert frame_number("front") is None
    with pytest.raises(RestageError) as caught:
        numbered_files(tmp_path, "_smplparams", (".npz",))
    assert caught.value.code == "input_missing"
