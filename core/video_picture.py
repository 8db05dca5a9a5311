"""From a decoder's frame to a picture: upright, square pixels, 8 bit RGB for an ordinary screen."""

from typing import TYPE_CHECKING

import numpy as np

from .footage import Bytes

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

# What FFmpeg calls the transfer curves of high dynamic range: SMPTE ST 2084 and ARIB STD-B67.
DYNAMIC_RANGES = {16: "PQ", 18: "HLG"}
UNSPECIFIED = 2
# Where a file does not name its colour matrix, players take the one of high definition from this size on.
HD_WIDTH, HD_HEIGHT = 1280, 576


class PictureConverter:
    """Converts the frames of one clip; it keeps the tables that HDR needs, which take seconds to make.

    aspect: width of a stored pixel against its height.
    """

    def __init__(self, aspect: float) -> None:
        from av.video.reformatter import VideoReformatter

        self._aspect = aspect
        self._reformatter = VideoReformatter()

    def picture(self, frame: "VideoFrame") -> Bytes:
        """(H, W, 3) uint8 RGB with the frame's rotation applied and its pixels made square.

        HDR is brought to sRGB with its reference white (203 nits, ITU-R BT.2408) as white, as swscale does it; what
        is brighter is white too.
        """
        from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc

        if dynamic_range(frame) != "SDR":
            plain = self._reformatter.reformat(
                frame,
                format="rgb24",
                dst_colorspace=Colorspace.ITU709,
                dst_color_range=ColorRange.JPEG,
                dst_color_trc=ColorTrc.IEC61966_2_1,
                dst_color_primaries=ColorPrimaries.BT709,
            )
            return self._upright(plain.to_ndarray(), frame)
        large = frame.width >= HD_WIDTH or frame.height > HD_HEIGHT
        matrix = Colorspace.ITU709 if large and frame.colorspace == UNSPECIFIED and not frame.format.is_rgb else None
        return self._upright(
            self._reformatter.reformat(frame, format="rgb24", src_colorspace=matrix).to_ndarray(), frame
        )

    def alpha(self, frame: "VideoFrame") -> Bytes | None:
        """(H, W) uint8 opacity of the upright picture; None where the format has none."""
        if not has_alpha(frame):
            return None
        # Not through a grey format: that would take the picture's own brightness.
        return self._upright(frame.to_ndarray(format="rgba")[..., 3], frame)

    def size(self, frame: "VideoFrame") -> tuple[int, int]:
        """(width, height) of the upright picture."""
        width, height = self._square_size(frame)
        return (height, width) if _quarter_turns(frame) % 2 else (width, height)

    def _upright(self, picture: np.ndarray, frame: "VideoFrame") -> Bytes:
        import cv2

        width, height = self._square_size(frame)
        if (width, height) != (frame.width, frame.height):
            picture = cv2.resize(picture, (width, height), interpolation=cv2.INTER_CUBIC)
        return np.ascontiguousarray(np.rot90(picture, _quarter_turns(frame)), np.uint8)

    def _square_size(self, frame: "VideoFrame") -> tuple[int, int]:
        """(width, height) of the stored picture with square pixels; it only grows, so that no detail is lost."""
        wide, high = max(self._aspect, 1.0), max(1.0 / self._aspect, 1.0)
        return max(1, round(frame.width * wide)), max(1, round(frame.height * high))


def dynamic_range(frame: "VideoFrame") -> str:
    """SDR, PQ or HLG."""
    return DYNAMIC_RANGES.get(int(frame.color_trc), "SDR")


def has_alpha(frame: "VideoFrame") -> bool:
    """Whether the frame's format has an alpha channel."""
    return any(component.is_alpha for component in frame.format.components)


def _quarter_turns(frame: "VideoFrame") -> int:
    """Quarter turns counter-clockwise that make the stored picture upright."""
    return round(frame.rotation / 90) % 4
