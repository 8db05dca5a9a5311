"""Under which licences the engine's packages are: shown before they are fetched."""

ENGINE = (
    "PyTorch, NumPy, SciPy, scikit-image: BSD",
    "MediaPipe, OpenCV, Embree, safetensors: Apache 2.0",
    "PyAV: BSD, with FFmpeg under LGPL and GPL",
    "trimesh and the rest: MIT, BSD, MPL or PSF",
)
CUDA = "NVIDIA's libraries: NVIDIA's own licence, free to use"
