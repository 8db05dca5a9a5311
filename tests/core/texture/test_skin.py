"""Arms below short sleeves are bare; a shirt and a suit are not, whatever light is on them."""

import numpy as np

from core.body.model import BodyModel
from core.face.body_face import face_share
from core.texture.skin import bare_skin

BODY = BodyModel.load()
CLOTH, SKIN = (90.0, 110.0, 150.0), (190.0, 140.0, 110.0)
ARMS, TORSO = BODY.of_parts("forearm"), BODY.of_parts("torso")


def test_arms_below_short_sleeves_are_bare_and_shirts_are_not() -> None:
    naked = BODY.of_parts("hand", "forearm") | (face_share() > 0)
    colours = np.where(naked[:, None], np.float32(SKIN), np.float32(CLOTH))
    # Forearms hang in the shade.
    colours[ARMS] *= 0.7
    bare = bare_skin(colours.astype(np.float32))
    assert bare[ARMS].min() == 1.0
    assert bare[TORSO].max() == 0.0


def test_in_long_sleeves_hands_and_face_alone_are_bare() -> None:
    naked = BODY.of_parts("hand") | (face_share() > 0)
    bare = bare_skin(np.where(naked[:, None], np.float32(SKIN), np.float32(CLOTH)))
    assert bare[naked].min() == 1.0
    assert bare[BODY.of_parts("upper_arm", "torso", "thigh", "shin")].max() == 0.0
