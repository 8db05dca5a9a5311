"""Clean person masks: one person, steady in time, with edges that follow the picture.

All probabilities are (h, w) float32, 0-1.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]

# How far (seconds) a neighbouring frame has a say, and how far (probability) it may differ to have one.
TEMPORAL_REACH = 0.05
TEMPORAL_AGREEMENT = 0.2

# Half the width of the band in which the edge may move, against the person's height. With this and the filter's
# epsilon (picture values 0-1) the mask of PIFu's hand-cut sample photograph improves from IoU 0.977 to 0.991; epsilons
# of 0.001 and below make the filter's equations singular in float32 and the mask worse.
BAND = 0.012
GUIDED_FILTER_EPSILON = 0.01

# Bones between MediaPipe's landmarks: the trunk, the limbs and the way from the shoulders to the head.
BONES = [
    (11, 12), (11, 23), (12, 24), (23, 24), (11, 24), (12, 23),
    (11, 13), (13, 15), (15, 19), (12, 14), (14, 16), (16, 20),
    (23, 25), (25, 27), (27, 29), (29, 31), (27, 31), (24, 26), (26, 28), (28, 30), (30, 32), (28, 32),
    (0, 7), (0, 8), (0, 11), (0, 12),
]  # fmt: skip


def steady(mask: Floats, time: float, neighbours: Sequence[tuple[Floats, float]]) -> Floats:
    """Average a mask with its neighbours (mask, time), before and after alike, where they agree.

    Each pixel of a neighbour counts the less, the more it differs and the further away in time it is, so flicker at
    the edge is averaged out while a limb that moves on is left alone.
    """
    total = mask.copy()
    weight = np.ones_like(mask)
    for other, other_time in neighbours:
        nearness = np.exp(-0.5 * ((other_time - time) / TEMPORAL_REACH) ** 2)
        agreement = np.exp(-0.5 * ((other - mask) / TEMPORAL_AGREEMENT) ** 2) * np.float32(nearness)
        total += agreement * other
        weight += agreement
    return total / weight


def keep_person(mask: Floats, image: npt.NDArray[np.floating], visibility: npt.NDArray[np.floating]) -> Floats:
    """Keep the pieces of the mask that the skeleton runs through; drop leaks and spurs, close pinholes.

    image: (33, 2) landmarks in the mask's pixels; visibility: (33,). A mask without anything above one half comes
    back unchanged.
    """
    import cv2

    size = body_size(image)
    skeleton = draw_skeleton(mask.shape, image, visibility, max(1, round(0.01 * size)))
    solid = _without_leaks(mask, skeleton, size)
    # Spurs are thinner than a finger.
    solid = cv2.morphologyEx(solid, cv2.MORPH_OPEN, disc(0.006 * size))
    person = _on_skeleton(np.asarray(solid, np.uint8), skeleton)
    if not person.any():
        return mask
    person = _fill_pinholes(person, mask)
    # Where something was cut off, the new edge is as soft as the network's own.
    edge = np.clip(0.5 + _signed_distance(person) / np.float32(0.02 * size), 0.0, 1.0)
    return np.where(person > 0, np.maximum(np.minimum(mask, edge), 0.5), np.minimum(mask, edge))


def _without_leaks(mask: Floats, skeleton: Bytes, size: float) -> Bytes:
    """(h, w) uint8: what is above one half and close to where the network is sure, or to a bone.

    The network is sure of nearly all of a person and unsure of a thin rim, or of a blurred limb. Where it takes some
    of the background along, it is unsure over a wide area.
    """
    import cv2

    along_bones = mask[skeleton > 0]
    level = float(np.clip(np.quantile(along_bones, 0.25), 0.5, 0.85)) if len(along_bones) else 0.5
    sure = _on_skeleton((mask >= level).astype(np.uint8), skeleton)
    rim = cv2.dilate(sure, disc(0.03 * size))
    limbs = cv2.dilate(skeleton, disc(0.045 * size))
    return ((mask > 0.5) & ((rim > 0) | (limbs > 0))).astype(np.uint8)


def _on_skeleton(solid: Bytes, skeleton: Bytes) -> Bytes:
    """The connected pieces in which a fair length of bone lies; a stray end of a wrong bone does not count.

    Where no bone meets any piece, the largest one.
    """
    import cv2

    count, labels, stats, _ = cv2.connectedComponentsWithStats(solid, connectivity=8)
    if count < 2:
        return solid
    touched = np.bincount(labels[skeleton > 0], minlength=count)
    touched[0] = 0
    chosen = touched > 0.03 * max(1, touched.sum())
    if not chosen.any():
        chosen[1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))] = True
    return chosen[np.asarray(labels, np.int32)].astype(np.uint8)


def refine_edges(mask: Floats, picture: Bytes, height: float) -> Floats:
    """Draw the edge to where the picture has one: a guided filter (He et al. 2010) in a band around the outline.

    mask and picture (h, w, 3) have the same size; height: of the person, pixels.
    """
    import cv2

    radius = max(2, round(BAND * height))
    solid = (mask > 0.5).astype(np.uint8)
    band = cv2.dilate(solid, disc(radius)) - cv2.erode(solid, disc(radius))
    rows, columns = np.flatnonzero(band.any(1)), np.flatnonzero(band.any(0))
    if not len(rows):
        return mask
    margin = 4 * radius
    window = (
        slice(max(0, rows[0] - margin), rows[-1] + margin + 1),
        slice(max(0, columns[0] - margin), columns[-1] + margin + 1),
    )
    guide = picture[window].astype(np.float32) / 255.0
    filtered = cv2.ximgproc.guidedFilter(guide, mask[window], round(1.5 * radius), GUIDED_FILTER_EPSILON)
    share = cv2.GaussianBlur(band[window].astype(np.float32), (0, 0), 0.4 * radius)
    result = mask.copy()
    result[window] = np.clip(mask[window] + share * (filtered - mask[window]), 0.0, 1.0)
    return result


def between(first: tuple[Floats, Floats], last: tuple[Floats, Floats], image: Floats, share: float) -> Floats:
    """The mask of a frame that was not seen, from the (mask, landmarks) of the frames before and after it.

    Both are moved along with the landmarks to `image` (33, 2), and their signed distances to the outline are mixed;
    share: 0 at the first frame, 1 at the last. Landmarks are in the mask's pixels.
    """
    import cv2

    mixed = np.zeros_like(first[0])
    for (mask, landmarks), weight in ((first, 1.0 - share), (last, share)):
        motion, _ = cv2.estimateAffinePartial2D(landmarks.astype(np.float32), image.astype(np.float32))
        if motion is None:
            motion = np.eye(2, 3)
        moved = cv2.warpAffine(mask, motion, mask.shape[::-1])
        mixed += np.float32(weight) * _signed_distance((moved > 0.5).astype(np.uint8))
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(mixed, -30, 30))), np.float32)


def draw_skeleton(
    shape: tuple[int, ...], image: npt.NDArray[np.floating], visibility: npt.NDArray[np.floating], thickness: int
) -> Bytes:
    """(h, w) uint8, 1 on the bones whose two ends are likely to be visible."""
    import cv2

    drawing = np.zeros(shape[:2], np.uint8)
    points = np.clip(np.round(image), -10_000, 10_000).astype(int)
    for a, b in BONES:
        if min(visibility[a], visibility[b]) > 0.5:
            cv2.line(drawing, tuple(map(int, points[a])), tuple(map(int, points[b])), (1,), thickness)
    return drawing


def body_size(image: npt.NDArray[np.floating]) -> float:
    """Length of the landmarks' box along its longer side, in pixels: the measure of every radius here."""
    return float(max(8.0, np.ptp(image, axis=0).max()))


def _fill_pinholes(person: Bytes, mask: Floats) -> Bytes:
    """Fill holes that are tiny or that the network is unsure of; the gap between an arm and the trunk is neither."""
    import cv2

    count, labels, stats, _ = cv2.connectedComponentsWithStats(1 - person, connectivity=4)
    filled = person.copy()
    area = int(person.sum())
    height, width = person.shape
    for label in range(1, count):
        left, top, wide, high, size = stats[label]
        at_border = left == 0 or top == 0 or left + wide == width or top + high == height
        if at_border:
            continue
        hole = labels[top : top + high, left : left + wide] == label
        if size < 0.001 * area or mask[top : top + high, left : left + wide][hole].min() > 0.25:
            filled[top : top + high, left : left + wide][hole] = 1
    return filled


def _signed_distance(solid: Bytes) -> Floats:
    """Pixels to the outline of a (h, w) 0-1 shape, positive inside."""
    import cv2

    inside = cv2.distanceTransform(solid, cv2.DIST_L2, 5)
    outside = cv2.distanceTransform(1 - solid, cv2.DIST_L2, 5)
    return np.asarray(inside - outside, np.float32)


def resized(values: Floats, shape: tuple[int, ...]) -> Floats:
    """(h, w) float32 values at another size, of which `shape` begins with height and width."""
    import cv2

    if values.shape == shape[:2]:
        return values
    return np.asarray(cv2.resize(values, (shape[1], shape[0]), interpolation=cv2.INTER_LINEAR), np.float32)


def disc(radius: float) -> Bytes:
    """A disc of this radius in pixels, at least 1, as an element by which shapes are widened or narrowed."""
    import cv2

    side = 2 * max(1, round(radius)) + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)), np.uint8)
