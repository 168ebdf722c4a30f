"""What inertial units and satellite receivers may ride on."""

from __future__ import annotations

import pytest

from simengine.engine.catalogue import libraries
from simengine.language import check_text

TEXT = """use warehouse
scenario mounts:
    world station()
    arm picker at base
    stop after 1 s
    sensor feel on {where} = {kind}()
    record feel: {word} at 10 hz
"""


@pytest.mark.parametrize(
    ("kind", "word", "good"), [("imu", "gyro", False), ("gnss", "position", False), ("camera", "rgb", True)]
)
def test_inertial_sensors_ride_on_things(kind: str, word: str, good: bool):
    """Samples come from the states of things; a tool has none, so that those of the foot would be told as its own.
    Cameras hang on the tool's link."""
    for where in ("picker", "picker.tool"):
        text = TEXT.format(where=where, kind=kind, word=word)
        found = check_text(text, "mounts.scn", libraries=libraries()).diagnostics
        messages = [d.message for d in found]
        assert bool(messages) == (where == "picker.tool" and not good), found
        assert all("rides on things, not on tools" in m for m in messages)
