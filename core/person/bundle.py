"""Build models/pose_landmarker_full.task from the two model files that the wheel of mediapipe 0.10.21 carries.

Later wheels of mediapipe carry no models, and their loader wants a bundle whose models say how pictures are
normalised, which the raw files do not. The bundle is built once, by hand, in an environment that has 0.10.21:

    python -m core.person.bundle
"""

import zipfile
from pathlib import Path

BUNDLE_PATH = Path(__file__).parent / "models" / "pose_landmarker_full.task"

# Name in the bundle: path in the wheel, mean and deviation of the picture's values (0-255) that the model expects.
# The detector takes -1..1 and the landmark model 0..1, as in the wheel's own graphs pose_detection_cpu.pbtxt and
# pose_landmark_by_roi_cpu.pbtxt.
MODELS = {
    "pose_detector.tflite": ("pose_detection/pose_detection.tflite", 127.5, 127.5),
    "pose_landmarks_detector.tflite": ("pose_landmark/pose_landmark_full.tflite", 0.0, 255.0),
}


def build_bundle(modules: Path, target: Path = BUNDLE_PATH) -> None:
    """Write the bundle. modules: the folder `mediapipe/modules` of an installed mediapipe 0.10.21."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as bundle:
        for name, (source, mean, deviation) in MODELS.items():
            content = _with_normalisation((modules / source).read_bytes(), mean, deviation)
            # A fixed date, so that the same models give the same bytes.
            bundle.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), content)


def _with_normalisation(model: bytes, mean: float, deviation: float) -> bytes:
    from mediapipe.tasks.python.metadata.metadata_writers import metadata_writer

    writer = metadata_writer.MetadataWriter.create(bytearray(model))
    writer.add_image_input([mean], [deviation])
    return bytes(writer.populate()[0])


if __name__ == "__main__":
    import mediapipe

    build_bundle(Path(mediapipe.__file__).parent / "modules")
    print(BUNDLE_PATH)
