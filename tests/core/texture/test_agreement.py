"""How well colours agree, alone and with those of a whole surrounding."""

import numpy as np

from core.character.views import agreement_around


def test_agreement_falls_with_the_distance_of_colours() -> None:
    around = np.array([[[100, 100, 100], [120, 120, 120]]], np.float32)
    agreeing = [
        float(agreement_around(np.array([[value, 110, 110]], np.float32), around)[0]) for value in (110, 130, 150, 220)
    ]
    assert agreeing[0] == 1.0 and agreeing[1] > 0.9 > agreeing[2] >= 0.5 > 0.05 > agreeing[3]
