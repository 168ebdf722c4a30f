"""What ``check`` knows of a lens before anything is drawn."""

from __future__ import annotations

import math

import pytest

from simengine.engine.catalogue import libraries
from simengine.language import check_text

_TEXT = """use driving
scenario s:
    world street()
    car ego on lane(1) at s(20 m)
    sensor front on ego = camera(size = (640, 480), fov = {fov} deg):
        distortion.k1 {k1}
    record front: rgb
    stop after 1 s
"""


def _codes(fov: float, k1: str) -> list[str]:
    return [
        d.code
        for d in check_text(_TEXT.format(fov=fov, k1=k1), libraries=libraries()).diagnostics
        if d.severity == "error"
    ]


@pytest.mark.parametrize("share", [0.99, 1.01])
def test_a_constant_lens_is_an_error_exactly_from_where_it_folds(share):
    """r (1 + k r^2) turns at r = 1 / sqrt(-3 k) and reaches 2 / 3 of it; the corner of a 4:3 image with a horizontal
    field of view of 60 deg lies at 1.25 tan(30 deg)."""
    corner = 1.25 * math.tan(math.radians(30.0))
    k = -4.0 / (27.0 * corner * corner) * share  # 2 / (3 sqrt(-3 k)) = corner where share is 1
    assert _codes(60.0, f"= {k:.12f}") == ([] if share < 1.0 else ["E0208"])


def test_a_drawn_lens_is_judged_variant_by_variant():
    """Some of its values are fine, so the program is."""
    assert _codes(90.0, "~ -0.6..-0.01") == []
