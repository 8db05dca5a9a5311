"""How many of the inputs each reader gets: slow ones fewer."""

WEIGHTS = {
    "openpose": 3, "mask": 3, "picture": 4, "events": 2, "video": 4,
    "job.json": 4, "crops.json": 2, "people.json": 2, "timings.json": 1, "ply": 4, "npz": 3, "camera": 3,
    "keypoints": 2, "hands": 2, "face": 2, "own face": 1, "points": 2, "props": 2, "character": 2, "registered": 2,
    "weights": 3, "network": 1, "checkpoint": 3, "pickle": 4, "model": 3, "parameters": 2, "avatar": 2, "bvh": 3,
    "deepmimic": 2, "scan": 3,
}  # fmt: skip


def shares(count: int) -> dict[str, int]:
    """Inputs by reader, at least `count` in all."""
    total = sum(WEIGHTS.values())
    return {name: -(-count * weight // total) for name, weight in WEIGHTS.items()}
