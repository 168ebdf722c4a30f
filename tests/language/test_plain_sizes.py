"""A size in pixels is written without a unit; who writes one is told how."""

import pytest

import simengine
from simengine.errors import ProgramError

TEXT = """use driving
scenario px "x":
    world street(lanes = 2, length = 80 m)
    car ego on lane(1) at s(20 m)
    sensor front on ego = camera(size = (640 px, 400), fov = 90 deg)
    record front: rgb at 10 hz
"""


def test_pixels_in_a_size(tmp_path):
    """The help is what to type in its place."""
    (tmp_path / "px.scn").write_text(TEXT)
    with pytest.raises(ProgramError, match=r"expected a plain number, found a number of pixels[^$]*write it without a "
                       r"unit: '640'"):  # fmt: skip
        simengine.load(tmp_path / "px.scn")
