"""Under which licences the engine's packages are: shown before they are fetched, with links in the preferences."""

ENGINE = (
    "PyTorch, NumPy, SciPy, scikit-image: BSD",
    "MediaPipe, OpenCV, Embree, safetensors: Apache 2.0",
    "PyAV: BSD, with FFmpeg under LGPL and GPL",
    "trimesh and the rest: MIT, BSD, MPL or PSF",
)
CUDA = "NVIDIA's libraries: NVIDIA's own licence, free to use"

# What is linked, and where its licence stands.
LINKS = (
    ("Restage: GPL 3", "https://www.gnu.org/licenses/gpl-3.0.html"),
    ("PyTorch: BSD", "https://github.com/pytorch/pytorch/blob/HEAD/LICENSE"),
    ("NumPy: BSD", "https://github.com/numpy/numpy/blob/HEAD/LICENSE.txt"),
    ("SciPy: BSD", "https://github.com/scipy/scipy/blob/HEAD/LICENSE.txt"),
    ("scikit-image: BSD", "https://github.com/scikit-image/scikit-image/blob/HEAD/LICENSE.txt"),
    ("MediaPipe: Apache 2.0", "https://github.com/google-ai-edge/mediapipe/blob/HEAD/LICENSE"),
    ("OpenCV: Apache 2.0", "https://github.com/opencv/opencv/blob/HEAD/LICENSE"),
    ("Embree, safetensors: Apache 2.0", "https://www.apache.org/licenses/LICENSE-2.0"),
    ("PyAV: BSD", "https://github.com/PyAV-Org/PyAV/blob/HEAD/LICENSE.txt"),
    ("FFmpeg: LGPL and GPL", "https://ffmpeg.org/legal.html"),
    ("trimesh: MIT", "https://github.com/mikedh/trimesh/blob/HEAD/LICENSE.md"),
    ("CUDA: NVIDIA's own", "https://docs.nvidia.com/cuda/eula/index.html"),
)
PAMIR_LINKS = (
    ("PaMIR", "https://github.com/ZhengZerong/PaMIR"),
    ("SMPL", "https://smpl.is.tue.mpg.de/modellicense.html"),
    ("smplx", "https://github.com/vchoutas/smplx/blob/HEAD/LICENSE"),
)
