"""Where the files of a job are; docs/job-folder.md describes them. Paths are made here and nowhere else, but for the
clip's pictures, whose ending the job's record knows."""

from pathlib import Path


class JobPaths:
    """The paths in a job's folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def mask_path(self, number: int) -> Path:
        """The person's mask of a frame, as large as the picture, 0-255."""
        return self.folder / "person" / "masks" / f"{number:06d}.png"

    @property
    def landmarks_path(self) -> Path:
        return self.folder / "person" / "landmarks.npz"

    @property
    def hands_path(self) -> Path:
        """The hands' landmarks; not there for single pictures."""
        return self.folder / "person" / "hands.npz"

    @property
    def face_path(self) -> Path:
        """The face's landmarks; not there for single pictures."""
        return self.folder / "person" / "face.npz"

    @property
    def points_path(self) -> Path:
        """Points all over the body with their depths; not there for single pictures."""
        return self.folder / "person" / "points.npz"

    @property
    def people_path(self) -> Path:
        """Everybody in the clip, and who was chosen."""
        return self.folder / "person" / "people.json"

    @property
    def camera_turns_path(self) -> Path:
        """How the camera turned, as the clip shows it; not there when it stood still."""
        return self.folder / "person" / "camera.npz"

    @property
    def camera_way_path(self) -> Path:
        """Where the camera went and how it turned on its way; not there when it did not travel, or nobody knows."""
        return self.folder / "person" / "camera_way.npz"

    @property
    def world_turns_path(self) -> Path:
        """How camera and world turn, and go, together; not there when the camera stood still."""
        return self.folder / "body" / "camera.npz"

    @property
    def keypoints_path(self) -> Path:
        """Keypoints that the user brought; not there when none were."""
        return self.folder / "person" / "keypoints.npz"

    @property
    def crops_path(self) -> Path:
        return self.folder / "person" / "crops.json"

    @property
    def body_path(self) -> Path:
        return self.folder / "body" / "body.npz"

    @property
    def own_face_path(self) -> Path:
        """The form of the person's own face; not there where no picture shows it."""
        return self.folder / "body" / "face.npz"

    @property
    def heads_path(self) -> Path:
        """How far beside their necks' ends heads are; not there where no picture shows a face."""
        return self.folder / "body" / "heads.npz"

    @property
    def shoes_path(self) -> Path:
        """The form of the person's feet in shoes; not there where they are bare, or not seen."""
        return self.folder / "body" / "shoes.npz"

    @property
    def clothing_path(self) -> Path:
        return self.folder / "body" / "clothing.npz"

    @property
    def colours_path(self) -> Path:
        return self.folder / "body" / "colours.npz"

    @property
    def light_path(self) -> Path:
        """How bright the clip's light makes the person; not there in jobs of older versions."""
        return self.folder / "body" / "light.npz"

    @property
    def grain_path(self) -> Path:
        """The grain of the person's clothes; not there in jobs of older versions."""
        return self.folder / "body" / "grain.npz"

    @property
    def relief_path(self) -> Path:
        """How high their folds are; not there in jobs of older versions."""
        return self.folder / "body" / "relief.npz"

    @property
    def props_path(self) -> Path:
        """What the masks have of things that are not the person."""
        return self.folder / "body" / "props.npz"

    def smpl_path(self, number: int) -> Path:
        """The SMPL body of a frame (method "pamir")."""
        return self.folder / "body" / "smpl" / f"{number:06d}.npz"

    @property
    def timings_path(self) -> Path:
        return self.folder / "timings.json"

    def mesh_path(self, number: int) -> Path:
        """The textured mesh of a frame: world space, vertex colours, binary PLY."""
        return self.folder / "frames" / f"{number:06d}.ply"

    @property
    def character_folder(self) -> Path:
        """The person as one mesh that moves (core.character.files)."""
        return self.folder / "character"

    @property
    def template_path(self) -> Path:
        return self.character_folder / "template.npz"

    @property
    def skeleton_path(self) -> Path:
        return self.character_folder / "skeleton.npz"

    @property
    def character_frames_path(self) -> Path:
        return self.character_folder / "frames.npy"

    @property
    def character_vertices_path(self) -> Path:
        return self.character_folder / "vertices.npy"

    @property
    def character_texture_path(self) -> Path:
        return self.character_folder / "texture.png"

    @property
    def character_normals_path(self) -> Path:
        return self.character_folder / "normals.png"

    def moving_texture_path(self, number: int) -> Path:
        """The character's texture in one frame (core.character.moving_texture)."""
        return self.character_folder / "textures" / f"{number:06d}.jpg"

    @property
    def registered_folder(self) -> Path:
        """Frames that the character stage is done with; there only as long as it is not done itself."""
        return self.character_folder / "unfinished"

    def registered_path(self, number: int, made_from: str) -> Path:
        """One of them (core.character.registered)."""
        return self.registered_folder / f"{number:06d}_{made_from}.npy"

    @property
    def page_path(self) -> Path:
        return self.folder / "index.html"

    @property
    def preview_folder(self) -> Path:
        return self.folder / "preview"

    @property
    def character_video_path(self) -> Path:
        """The clip, the frames' meshes and the character side by side (core.preview.character_video)."""
        return self.preview_folder / "character.mp4"
