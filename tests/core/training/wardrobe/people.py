"""A naked figure made from the shipped body, since the package Anny is not installed where tests run, and a wardrobe
of boxes bound to it."""

from pathlib import Path

import numpy as np

from core.body.model import BodyModel
from core.training.binding import FOLLOWS
from core.training.wardrobe.figure import Figure

# Humanoid bones that the figure has, parents first, and the body's bone whose head stands for each.
CENTRE = (
    ("Hips", "", "root"), ("Spine", "Hips", "spine04"), ("Spine1", "Spine", "spine03"),
    ("Spine2", "Spine1", "spine02"), ("Neck", "Spine2", "neck01"), ("Head", "Neck", "head"),
)  # fmt: skip
SIDE = (
    ("UpLeg", "Hips", "upperleg01"), ("Leg", "UpLeg", "lowerleg01"), ("Foot", "Leg", "foot"),
    ("ToeBase", "Foot", "toe1-1"), ("Shoulder", "Spine2", "clavicle"), ("Arm", "Shoulder", "upperarm01"),
    ("ForeArm", "Arm", "lowerarm01"), ("Hand", "ForeArm", "wrist"), ("HandMiddle1", "Hand", "finger3-1"),
)  # fmt: skip
CUBE = ((0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3))


def figure() -> Figure:
    """The mean body with the humanoid rig, arms hanging."""
    model = BodyModel.load()
    rows = list(CENTRE)
    for side, letter in (("Left", "L"), ("Right", "R")):
        rows += [
            (side + name, parent if parent in ("Hips", "Spine2") else side + parent, f"{bone}.{letter}")
            for name, parent, bone in SIDE
        ]
    names = [name for name, _, _ in rows]
    followed = []
    for bone in model.bone_names:
        target = next(target for start, target in FOLLOWS if bone.startswith(start))
        followed.append(names.index(target.replace("SIDE", "Left" if bone.endswith(".L") else "Right")))
    weights = np.zeros((len(model.mean_vertices), len(names)), np.float32)
    for bone, target in enumerate(followed):
        weights[:, target] += model.bone_weights(np.arange(len(weights)))[:, bone]
    return Figure(
        base=model.mean_vertices.copy(),
        weights=weights,
        faces=model.triangles,
        uv=np.full((len(model.mean_vertices), 2), 0.5, np.float32),
        uv_faces=model.triangles,
        heads=np.array([model.mean_heads[model.bone(bone)] for _, _, bone in rows], np.float32),
        bone_names=tuple(names),
        bone_parents=tuple(names.index(parent) if parent else -1 for _, parent, _ in rows),
    )


def write_garment(path: Path, body: Figure, low: tuple[float, ...], high: tuple[float, ...], hidden: str = "") -> None:
    """A box as a `.mhclo` with its `.obj`: every corner bound to the body's nearest vertex with an offset."""
    corners = np.array([(x, y, z) for x in (0, 1) for y in (0, 1) for z in (0, 1)])
    points = np.array(low) + corners * (np.array(high) - np.array(low))
    # One unit of the offsets is a metre on this body along every axis.
    apart = [(int(np.argmax(body.base[:, axis])), int(np.argmin(body.base[:, axis]))) for axis in range(3)]
    lines = ["# a box", f"name {path.stem}", f"obj_file {path.stem}.obj"]
    for axis, (a, b) in enumerate(apart):
        lines.append(f"{'xyz'[axis]}_scale {a} {b} {abs(body.base[a, axis] - body.base[b, axis]):.6f}")
    lines.append("verts 0")
    for point in points:
        nearest = int(np.argmin(((body.base - point) ** 2).sum(axis=1)))
        offset = " ".join(f"{value:.6f}" for value in point - body.base[nearest])
        lines.append(f"{nearest} {nearest} {nearest} 0.5 0.25 0.25 {offset}")
    if hidden:
        lines += ["", "delete_verts", hidden]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n")
    faces = [" ".join(f"{corner + 1}/{corner + 1}" for corner in quad) for quad in CUBE]
    text = [f"v {x} {y} {z}" for x, y, z in points] + [f"vt {x} {y}" for x, y, _ in corners] + [f"f {f}" for f in faces]
    path.with_suffix(".obj").write_text("\n".join(text) + "\n")


def write_wardrobe(folder: Path, body: Figure) -> None:
    """One suit that hides the body's first ten vertices and the twentieth, shoes, and a sheet-thin head of hair."""
    top = float(body.base[:, 1].max())
    write_garment(folder / "clothes" / "suit.mhclo", body, (-0.3, 0.2, -0.2), (0.3, 1.4, 0.2), "0 - 9 20")
    write_garment(folder / "clothes" / "shoes.mhclo", body, (-0.2, 0.0, -0.2), (0.2, 0.1, 0.2))
    write_garment(folder / "hair" / "long.mhclo", body, (-0.1, top - 0.5, -0.15), (0.1, top + 0.05, -0.1))
