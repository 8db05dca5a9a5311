"""How much of a camera's travel ends up in the person's way: `python benchmarks/travel.py AVATARS MOTIONS OUTPUT`.

People are rendered before a room while the camera moves on known paths; each clip is reconstructed as far as the body.
For each a line: whether the camera's path was believed, how far it went, how far the person's way is off (RMS), and how
much of the camera's way the person's has taken over, in metres. Clips and jobs stay in OUTPUT.
"""

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

ROOT = Path(__file__).resolve().parent.parent
FRAMES, RATE, SIZE, EYE = 60, 30.0, (640, 480), 1.35
# Focal length in longer sides of the picture, which Restage takes for 1; the camera's distance in metres for 1.
FOCAL, DISTANCE = 1.0, 3.6
WHO = {"standing": ("006_11", 60, "Asian_M_1_Casual"), "walking": ("002_01", 40, "Black_F_2_Casual")}
# Metres right, up and towards the person, degrees of panning and tilting, each by when (0 to 1).
PATHS = {
    "still": lambda t: (0, 0, 0, 0, 0),
    "turning": lambda t: (0, 0, 0, 8 * np.sin(5 * t), 3 * np.sin(3 * t)),
    "sideways": lambda t: (1.0 * t - 0.5, 0, 0, 0, 0),
    "forwards": lambda t: (0.3, 0, 1.0 * t - 0.5, 0, 0),
    "around": lambda t: (1.4 * t - 0.7, 0, 0, np.degrees(np.arctan2(1.4 * t - 0.7, DISTANCE)), 0),
    "hand-held": lambda t: (
        0.8 * t - 0.4 + 0.02 * np.sin(25 * t), 0.03 * np.sin(21 * t), 0.4 * t,
        5 * t + 0.8 * np.sin(17 * t), 0.8 * np.sin(23 * t),
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Room:
    """Planes: a corner, two edges (3,) metres, and a texture each."""

    planes: list[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]]

    @classmethod
    def furnished(cls, seed: int) -> "Room":
        rng = np.random.default_rng(seed)
        x, y, z = np.eye(3)
        planes = [
            (np.array([-5.0, 0, -3.5]), 10 * x, 12 * z, _texture(rng)),
            (np.array([-5.0, 0, -3.5]), 10 * x, 4 * y, _texture(rng)),
            (np.array([-5.0, 0, -3.5]), 12 * z, 4 * y, _texture(rng)),
            (np.array([5.0, 0, -3.5]), 12 * z, 4 * y, _texture(rng)),
            (np.array([-5.0, 4, -3.5]), 10 * x, 12 * z, _texture(rng)),
        ]
        things = ([-2.2, 0, -1.5], [1.5, 0, -2.2], [2.0, 0, -0.8], [-3.2, 0, -2.5])
        planes += [
            (np.array(place), rng.uniform(0.4, 0.8) * x, rng.uniform(0.5, 1.6) * y, _texture(rng)[:200])
            for place in things
        ]
        return cls(planes)

    def picture(self, pose: np.ndarray, focal: float) -> np.ndarray:
        """(H, W, 3) float32 0-255 from a camera pose (4, 4)."""
        width, height = SIZE
        focal = focal * max(SIZE)
        columns, rows = np.meshgrid(np.arange(width) + 0.5 - width / 2, np.arange(height) + 0.5 - height / 2)
        rays = np.stack([columns / focal, -rows / focal, -np.ones_like(rows)], axis=-1) @ pose[:3, :3].T
        nearest, picture = np.full((height, width), np.inf), np.zeros((height, width, 3), np.float32)
        for corner, first, second, texture in self.planes:
            normal = np.cross(first, second)
            with np.errstate(divide="ignore", invalid="ignore"):
                distance = ((corner - pose[:3, 3]) @ normal) / (rays @ normal)
            distance = np.where(np.isfinite(distance), distance, -1)
            places = pose[:3, 3] + rays * distance[..., None] - corner
            u, v = places @ first / (first @ first), places @ second / (second @ second)
            hit = (distance > 0.05) & (distance < nearest) & (u >= 0) & (u <= 1) & (v >= 0) & (v <= 1)
            maps = [
                (part * side).astype(np.float32) for part, side in ((u, texture.shape[1]), (1 - v, texture.shape[0]))
            ]
            looked = cv2.remap(texture, *maps, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
            picture[hit], nearest[hit] = looked[hit], distance[hit]
        return picture


def _texture(rng: np.random.Generator) -> np.ndarray:
    size = 800
    texture = np.full((size, size, 3), rng.uniform(80, 180, 3), np.float32)
    for cells, strength in ((6, 25), (30, 20), (120, 12)):
        coarse = rng.normal(0, strength, (cells, cells, 1)).astype(np.float32)
        texture += cv2.resize(coarse, (size, size), interpolation=cv2.INTER_CUBIC)[..., None]
    for _ in range(30):
        low = rng.uniform(0, size, 2)
        high = low + rng.uniform(10, 90, 2)
        colour = tuple(map(float, rng.uniform(30, 230, 3)))
        cv2.rectangle(texture, tuple(low.astype(int).tolist()), tuple(high.astype(int).tolist()), colour, -1)
    return np.clip(cv2.GaussianBlur(texture, (0, 0), 1.0), 0, 255)


def camera_poses(path: str, focal: float = FOCAL) -> np.ndarray:
    """(F, 4, 4) camera to world."""
    poses = []
    for t in np.linspace(0, 1, FRAMES):
        right, up, near, pan, tilt = PATHS[path](t)
        a, b = np.radians([pan, tilt - 4])
        about_y = np.array([[np.cos(a), 0, np.sin(a)], [0, 1, 0], [-np.sin(a), 0, np.cos(a)]])
        about_x = np.array([[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]])
        pose = np.eye(4)
        pose[:3, :3] = about_y @ about_x
        pose[:3, 3] = [right, EYE + up, DISTANCE * focal - near]
        poses.append(pose)
    return np.array(poses)


def make_person(who: str, avatars: Path, motions: Path):
    """The avatar, its vertices (F, V, 3) and its hips' way (F, 3), metres."""
    from core.evaluation.character_clip import HEIGHT, _rotations, _steady, _steps
    from core.training.avatar import Avatar
    from core.training.dataset import calibration_of
    from core.training.motion import Motion
    from core.training.retarget import retarget
    from core.training.scene import bone_rotations

    name, first, person = WHO[who]
    avatar = Avatar.load(avatars / f"{person}.npz")
    motion = Motion.load(motions / "cmu" / f"{name}.bvh")
    first = min(first, len(motion.rotations) - FRAMES)
    chosen = slice(first, first + FRAMES)
    part = Motion(motion.name, motion.bone_names, motion.rotations[chosen], motion.positions[chosen])
    turns = {
        bone: _rotations(_steady(turn))
        for bone, turn in retarget(part, calibration_of(motions / "cmu", name[:3])).items()
    }
    steps = _steps(part, avatar)
    # Walks go across the view and a little towards the camera, standing people look at it.
    way = steps[-1] - steps[0]
    angle = (np.arctan2(way[2], way[0]) - 0.5) if who == "walking" else 0.3
    cosine, sine = np.cos(angle), np.sin(angle)
    heading = np.array([[cosine, 0, sine], [0, 1, 0], [-sine, 0, cosine]], np.float32)
    steps = steps @ heading.T
    scale = HEIGHT / avatar.height
    world = np.stack(
        [
            (avatar.posed(bone_rotations(avatar, {bone: turn[f] for bone, turn in turns.items()}, heading)) + steps[f])
            * scale
            for f in range(FRAMES)
        ]
    )
    shift = (world.min(axis=(0, 1)) + world.max(axis=(0, 1))) / 2
    shift[1] = world[..., 1].min()
    return avatar, (world - shift).astype(np.float32), steps * scale


def film(who: str, path: str, focal: float, avatars: Path, motions: Path, target: Path) -> None:
    from core.preview.video import write_video
    from core.render import CameraView, Layer, MeshCaster, silhouette
    from core.spaces import Camera
    from core.training.photo import Light, photograph
    from core.training.still import before

    avatar, world, _ = make_person(who, avatars, motions)
    rng = np.random.default_rng(4)
    room, light = Room.furnished(3), Light.random(rng)

    def pictures():
        for vertices, pose in zip(world, camera_poses(path, focal), strict=True):
            camera = Camera(focal * max(SIZE), (SIZE[0] / 2, SIZE[1] / 2), *SIZE, pose)
            caster = MeshCaster(vertices, avatar.faces)
            hits = caster.cast(CameraView(camera, *SIZE))
            seen = silhouette(hits)
            layer = Layer(
                seen,
                np.zeros(seen.shape, np.float32),
                np.zeros((*seen.shape, 3), np.float32),
                hits.face,
                hits.barycentric,
            )
            person = photograph(avatar, [layer], vertices, avatar.vertex_normals(vertices), caster, light, rng, 1.2)[0]
            behind = room.picture(pose, focal)
            behind += rng.normal(0, 2, behind.shape)
            yield before(behind.astype(np.float32), person[..., :3], seen)[0]

    write_video(target, pictures(), RATE)


def measure(job_folder: Path, who: str, path: str, focal: float, avatars: Path, motions: Path) -> dict:
    from core.arrays import BODY, read_arrays
    from core.camera_file import read_camera, read_still_world
    from core.job import Job

    job = Job.open(job_folder)
    values = read_arrays(job.body_path, BODY)
    pose = values["camera_to_world"]
    # Where the person was, as the file says the camera moved.
    still = read_still_world(job)
    places = zip(values["joints"][:, 0], values["frames"].tolist(), strict=True)
    world = np.array([still.from_world(place, number) for place, number in places])
    found = (world - pose[:3, 3]) @ pose[:3, :3]
    rows = values["frames"]
    poses = camera_poses(path, focal)
    _, _, steps = make_person(who, avatars, motions)
    first = poses[0, :3, :3]
    true, way = (steps @ first)[rows], ((poses[:, :3, 3] - poses[0, :3, 3]) @ first)[rows]
    error = found - true
    error -= error.mean(axis=0)
    centred = way - way.mean(axis=0)
    leak = float(-(error * centred).sum() / max((centred**2).sum(), 1e-12)) * float(np.linalg.norm(way[-1] - way[0]))
    return {
        "path": float(job.world_turns_path.exists() and read_camera(job.world_turns_path).places is not None),
        "travel": float(np.linalg.norm(way[-1] - way[0])),
        "rms": float(np.sqrt((error**2).sum(axis=1).mean())),
        "leak": leak,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description="How much of a camera's travel leaks into the person's way.")
    for name in ("avatars", "motions", "output"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--paths", nargs="+", default=list(PATHS), choices=list(PATHS))
    parser.add_argument("--who", nargs="+", default=list(WHO), choices=list(WHO))
    parser.add_argument("--focal", type=float, default=FOCAL, help="of the lens that films (default: %(default)s)")
    options = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    from core.body.stage import run_body
    from core.events import SilentEvents
    from core.job import Job, JobRecord
    from core.person.stage import run_person
    from core.settings import Settings

    options.output.mkdir(parents=True, exist_ok=True)
    for who in options.who:
        for path in options.paths:
            clip = options.output / f"{who}_{path}_{options.focal:g}.mp4"
            if not clip.exists():
                film(who, path, options.focal, options.avatars, options.motions, clip)
            folder = options.output / f"{clip.stem}.restage"
            folder.mkdir(exist_ok=True)
            job = Job(folder, JobRecord(clip.stem, {}, Settings(method="body", preset="draft")))
            job.save()
            run_person(job, clip, SilentEvents())
            job.save()
            run_body(job, SilentEvents())
            found = measure(folder, who, path, options.focal, options.avatars, options.motions)
            believed = "yes" if found.pop("path") else "no"
            figures = " | ".join(f"{value:.2f}" for value in found.values())
            print(f"| {who} | {path} | {believed} | {figures} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
