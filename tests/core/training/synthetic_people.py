"""A rigged person of boxes in the packed format, and walks as BVH files, so that no test needs the real data."""

import io
from pathlib import Path

import numpy as np
from PIL import Image

# Bone, its parent, its head in the T-pose: metres, y up, facing +z. The right side follows from the left.
CENTRE = [
    ("Hips", "", (0, 0.95, 0)), ("Spine", "Hips", (0, 1.05, 0)), ("Spine1", "Spine", (0, 1.15, 0)),
    ("Spine2", "Spine1", (0, 1.27, 0)), ("Neck", "Spine2", (0, 1.45, 0)), ("Head", "Neck", (0, 1.53, 0.02)),
]  # fmt: skip
SIDE = [
    ("UpLeg", "Hips", (0.1, 0.9, 0)), ("Leg", "UpLeg", (0.1, 0.5, 0)), ("Foot", "Leg", (0.1, 0.1, -0.02)),
    ("ToeBase", "Foot", (0.1, 0.03, 0.1)), ("Shoulder", "Spine2", (0.04, 1.4, 0)), ("Arm", "Shoulder", (0.17, 1.4, 0)),
    ("ForeArm", "Arm", (0.43, 1.4, 0)), ("Hand", "ForeArm", (0.67, 1.4, 0)), ("HandMiddle1", "Hand", (0.75, 1.4, 0)),
]  # fmt: skip
# Half the size of the box around each bone, and how far it reaches from the head.
BOXES = {
    "Hips": (0.16, 0.08, 0.1), "Spine": (0.14, 0.06, 0.1), "Spine1": (0.14, 0.07, 0.1), "Spine2": (0.16, 0.1, 0.1),
    "Neck": (0.05, 0.05, 0.05), "Head": (0.08, 0.12, 0.1), "UpLeg": (0.08, 0.21, 0.08), "Leg": (0.055, 0.21, 0.055),
    "Foot": (0.045, 0.05, 0.06), "ToeBase": (0.045, 0.03, 0.06), "Shoulder": (0.07, 0.05, 0.05),
    "Arm": (0.14, 0.045, 0.045), "ForeArm": (0.13, 0.04, 0.04), "Hand": (0.05, 0.02, 0.04),
    "HandMiddle1": (0.05, 0.015, 0.04),
}  # fmt: skip
ENDS = {"Head": (0, 1.68, 0.02), "HandMiddle1": (0.83, 1.4, 0), "ToeBase": (0.1, 0.03, 0.18)}


def bones() -> list[tuple[str, str, np.ndarray]]:
    """Name, parent's name and head of every bone, parents first."""
    result = [(name, parent, np.array(head, float)) for name, parent, head in CENTRE]
    middle = {name for name, _, _ in CENTRE}
    for side, sign in (("Left", 1.0), ("Right", -1.0)):
        for name, parent, head in SIDE:
            result.append((side + name, parent if parent in middle else side + parent, np.array(head) * [sign, 1, 1]))
    return result


def write_avatar(path: Path) -> None:
    """One person: every bone a box, red above the hips and blue below."""
    rig = bones()
    names = [name for name, _, _ in rig]
    vertices, faces, uv, owners = [], [], [], []
    for index, (name, _, head) in enumerate(rig):
        plain = name.removeprefix("Left").removeprefix("Right")
        sign = -1.0 if name.startswith("Right") else 1.0
        children = [other for _, parent, other in rig if parent == name]
        end = np.array(ENDS[plain]) * [sign, 1, 1] if plain in ENDS else children[0]
        half = np.array(BOXES[plain])
        corners = np.array([(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], float)
        box = [(0, 1, 3), (0, 3, 2), (4, 6, 7), (4, 7, 5), (0, 4, 5), (0, 5, 1), (2, 3, 7), (2, 7, 6), (0, 2, 6),
               (0, 6, 4), (1, 5, 7), (1, 7, 3)]  # fmt: skip
        faces.append(np.array(box) + 8 * index)
        vertices.append((head + end) / 2 + corners * half)
        uv.append(np.tile([0.25 if head[1] > 0.93 else 0.75, 0.5], (8, 1)))
        owners += [index] * 8
    texture = np.zeros((64, 64, 3), np.uint8)
    texture[:, :32], texture[:, 32:] = (200, 40, 40), (40, 60, 200)
    # No two people's files are the same.
    texture[0, 0, 0] = sum(path.stem.encode()) % 256
    stream = io.BytesIO()
    Image.fromarray(texture).save(stream, "WEBP", lossless=True)
    rest = np.tile(np.eye(4, dtype=np.float32), (len(rig), 1, 1))
    rest[:, :3, 3] = [head for _, _, head in rig]
    points = np.concatenate(vertices)
    low, high = points.min(axis=0), points.max(axis=0)
    texture_points = np.concatenate(uv)
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(
        path,
        vertices_q=np.round((points - low) / (high - low) * 65535).astype(np.uint16),
        vertices_min=low.astype(np.float32),
        vertices_max=high.astype(np.float32),
        faces=np.concatenate(faces).astype(np.uint16),
        uv_q=np.round(texture_points * 65535).astype(np.uint16),
        uv_min=np.zeros(2, np.float32),
        uv_max=np.ones(2, np.float32),
        face_texture=np.zeros(12 * len(rig), np.uint8),
        texture_0=np.frombuffer(stream.getvalue(), np.uint8),
        joint_index=np.tile(np.array(owners, np.uint8)[:, None], (1, 4)),
        joint_weight=np.tile(np.array([255, 0, 0, 0], np.uint8), (8 * len(rig), 1)),
        bone_names=np.array(names),
        bone_parent=np.array([names.index(parent) if parent else -1 for _, parent, _ in rig], np.int16),
        bone_rest=rest,
    )


# The capture's names of the same bones; arms hang in it, and there is no stance to compare with.
CAPTURED = {
    "Hips": "CC_Base_Pelvis", "Spine": "CC_Base_Waist", "Spine1": "CC_Base_Spine01", "Spine2": "CC_Base_Spine02",
    "Neck": "CC_Base_NeckTwist01", "Head": "CC_Base_Head", "UpLeg": "Thigh", "Leg": "Calf", "Foot": "Foot",
    "ToeBase": "ToeBase", "Shoulder": "Clavicle", "Arm": "Upperarm", "ForeArm": "Forearm", "Hand": "Hand",
    "HandMiddle1": "Mid1",
}  # fmt: skip


def write_walk(path: Path, frames: int = 20) -> None:
    """A walk on the spot: legs and arms swing, knees and elbows bend. The bones' own axes are the world's."""
    rig = bones()
    lines, channels = ["HIERARCHY"], []

    def add(name: str, depth: int) -> None:
        head = next(h for n, _, h in rig if n == name)
        parent = next(p for n, p, _ in rig if n == name)
        offset = head - (next(h for n, _, h in rig if n == parent) if parent else 0)
        side = {"L": "CC_Base_L_", "R": "CC_Base_R_"}.get(name[0] if name.startswith(("Left", "Right")) else "", "")
        plain = name.removeprefix("Left").removeprefix("Right")
        lines.append(f"{'ROOT' if not parent else 'JOINT'} {side}{CAPTURED[plain]}")
        lines.append("{")
        lines.append("OFFSET " + " ".join(f"{100 * value:.4f}" for value in offset))
        place = "6 Xposition Yposition Zposition" if not parent else "3"
        lines.append(f"CHANNELS {place} Zrotation Yrotation Xrotation")
        channels.append(name)
        children = [n for n, p, _ in rig if p == name]
        for child in children:
            add(child, depth + 1)
        if not children:
            lines.extend(["End Site", "{", "OFFSET 0 5 0", "}"])
        lines.append("}")

    add("Hips", 0)
    lines += ["MOTION", f"Frames: {frames}", "Frame Time: 0.0333"]
    for frame in range(frames):
        swing = np.sin(2 * np.pi * frame / frames)
        turns = {
            "LeftUpLeg": (0, 0, -25 * swing), "RightUpLeg": (0, 0, 25 * swing),
            "LeftLeg": (0, 0, 20 + 15 * swing), "RightLeg": (0, 0, 20 - 15 * swing),
            "LeftArm": (-75, 0, 0), "RightArm": (75, 0, 0), "LeftForeArm": (0, -25 - 15 * swing, 0),
            "RightForeArm": (0, 25 - 15 * swing, 0),
        }  # fmt: skip
        values = []
        for name in channels:
            values += [0.0, 95.0, 0.0] if name == "Hips" else []
            values += turns.get(name, (0, 0, 0))
        lines.append(" ".join(f"{value:.4f}" for value in values))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n")


def write_people(folder: Path) -> tuple[Path, Path]:
    """Folders of avatars (two people in one outfit each) and motions."""
    for name in ("One_M_1_Casual", "Two_F_1_Casual"):
        write_avatar(folder / "avatars" / f"{name}.npz")
    for name in ("002_01", "002_02"):
        write_walk(folder / "motions" / f"{name}.bvh")
    return folder / "avatars", folder / "motions"
