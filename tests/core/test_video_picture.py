"""What becomes of high dynamic range, of colours that no file explains, and of transparency."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.reformatter import ColorRange, Colorspace

from core.clip import probe_clip, read_frames

NITS = np.array([0.0, 10.0, 50.0, 100.0, 203.0, 1000.0])
PATCH = 64
PQ, HLG, BT2020, UNSPECIFIED = 16, 18, 9, 2


def pq_signal(nits: np.ndarray) -> np.ndarray:
    """SMPTE ST 2084, equation 5.2: luminance to signal."""
    power = (nits / 10_000) ** (1305 / 8192)
    return ((107 / 128 + 2413 / 128 * power) / (1 + 2392 / 128 * power)) ** (2523 / 32)


def srgb(linear: np.ndarray) -> np.ndarray:
    """IEC 61966-2-1, as 0-255."""
    return 255 * np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * np.maximum(linear, 1e-9) ** (1 / 2.4) - 0.055)


# One thread, frames in their order: with more, writing its last packet failed now and then.
X265 = "log-level=none:qp=1:bframes=0:frame-threads=1"


def write_grey_patches(path: Path, signal: np.ndarray, curve: int) -> Path:
    """Ten bit HEVC, as phones write HDR: patches of these signal values side by side."""
    row = np.repeat(signal, PATCH)[None, :, None]
    picture = (np.broadcast_to(row, (PATCH, len(signal) * PATCH, 3)) * 65535).round().astype(np.uint16)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx265", rate=10, options={"x265-params": X265})
        stream.width, stream.height, stream.pix_fmt = picture.shape[1], picture.shape[0], "yuv420p10le"
        stream.codec_context.color_trc, stream.codec_context.color_primaries = curve, BT2020
        stream.codec_context.colorspace, stream.codec_context.color_range = BT2020, 1
        for number in range(2):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb48le").reformat(
                format="yuv420p10le", dst_colorspace=Colorspace.BT2020, dst_color_range=ColorRange.MPEG
            )
            frame.color_trc, frame.color_primaries, frame.colorspace = curve, BT2020, BT2020
            frame.pts, frame.time_base = number, Fraction(1, 10)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def test_pq_becomes_srgb_with_the_reference_white_as_white(tmp_path: Path) -> None:
    path = write_grey_patches(tmp_path / "pq.mp4", pq_signal(NITS), PQ)
    assert probe_clip(path).dynamic_range == "PQ"
    shown = next(read_frames(path)).picture[PATCH // 2, PATCH // 2 :: PATCH].astype(float)
    assert np.ptp(shown, axis=1).max() <= 3  # grey stays grey
    assert shown[:, 1] == pytest.approx(srgb(np.minimum(NITS / 203, 1.0)), abs=8)


def test_hlg_becomes_srgb(tmp_path: Path) -> None:
    signal = np.array([0.0, 0.25, 0.5, 0.75, 1.0])
    path = write_grey_patches(tmp_path / "hlg.mp4", signal, HLG)
    assert probe_clip(path).dynamic_range == "HLG"
    shown = next(read_frames(path)).picture[PATCH // 2, PATCH // 2 :: PATCH].astype(float)
    assert np.ptp(shown, axis=1).max() <= 3
    # ITU-R BT.2408: 75 % of HLG is the reference white; half the signal is a middle grey.
    assert shown[3:, 1].min() >= 250
    assert (np.diff(shown[:4, 1]) > 25).all()
    assert 110 < shown[2, 1] < 165


@pytest.mark.parametrize(("size", "matrix"), [((1280, 720), Colorspace.ITU709), ((640, 480), Colorspace.ITU601)])
def test_a_clip_without_a_colour_matrix_is_read_as_players_do(
    tmp_path: Path, size: tuple[int, int], matrix: Colorspace
) -> None:
    colour = np.array([200, 60, 40], np.uint8)
    picture = np.broadcast_to(colour, (size[1], size[0], 3))
    path = tmp_path / "unnamed.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=10)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv444p"
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
        frame = frame.reformat(format="yuv444p", dst_colorspace=matrix)
        frame.colorspace, frame.pts, frame.time_base = UNSPECIFIED, 0, Fraction(1, 10)
        stream.codec_context.colorspace = UNSPECIFIED
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    assert np.abs(next(read_frames(path)).picture[100, 100].astype(int) - colour).max() <= 3


@pytest.mark.parametrize(
    ("name", "codec", "pixel_format"),
    [
        ("vp9.webm", "libvpx-vp9", "yuva420p"),
        ("prores.mov", "prores_ks", "yuva444p10le"),
        ("qtrle.mov", "qtrle", "argb"),
    ],
)
def test_transparency_is_read(tmp_path: Path, name: str, codec: str, pixel_format: str) -> None:
    rgba = np.zeros((96, 128, 4), np.uint8)
    rgba[...] = (180, 90, 60, 0)
    rgba[16:80, 32:96, 3] = 255
    path = tmp_path / name
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=10)
        stream.width, stream.height, stream.pix_fmt = 128, 96, pixel_format
        if codec == "prores_ks":
            stream.options = {"profile": "4444"}
        if codec == "libvpx-vp9":
            stream.metadata["alpha_mode"] = "1"
        for number in range(3):
            frame = av.VideoFrame.from_ndarray(rgba, format="rgba").reformat(format=pixel_format)
            frame.pts, frame.time_base = number, Fraction(1, 10)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    frames = list(read_frames(path))
    assert [frame.time for frame in frames] == pytest.approx([0.0, 0.1, 0.2], abs=1e-3)
    alpha = frames[1].alpha
    assert alpha is not None
    assert ((alpha > 127) != (rgba[..., 3] > 127)).mean() < 0.01
    assert next(read_frames(Path(__file__).parents[2] / "demo" / "balance.mp4")).alpha is None
