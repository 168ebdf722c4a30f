"""Light inside of halls: the one bounce of ``standard`` beside unbiased paths."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from simengine.arrays import F64Array
from simengine.engine.cast import build_scene
from simengine.engine.catalogue import libraries
from simengine.engine.loading import load
from simengine.engine.sensing import sensor_specs
from simengine.engine.variation import Variation
from simengine.render.opening import open_renderer
from simengine.render.protocol import Instants, NoiseKey, RenderOptions
from simengine.sensors.specs import CameraSpec

_LUMINANCE = np.array([0.2126, 0.7152, 0.0722])
_WIDTH_PX = 96


def luminances(name: str) -> dict[str, F64Array]:
    """Of surfaces in the first picture of a scenario, by preset."""
    program = load(name)
    simulated = Variation(program, 0, "random").simulate([0])[0]
    scene = build_scene(program, simulated.scenario, libraries(), 0)
    spec = next(s for s in sensor_specs(program, simulated.scenario, scene) if isinstance(s, CameraSpec))
    k = _WIDTH_PX / spec.width_px
    spec = replace(
        spec, width_px=_WIDTH_PX, height_px=round(spec.height_px * k), fx_px=spec.fx_px * k, fy_px=spec.fy_px * k,
        cx_px=spec.cx_px * k, cy_px=spec.cy_px * k,
    )  # fmt: skip
    state = simulated.trace.on(scene).state_at(0)
    out: dict[str, F64Array] = {}
    for preset, samples in (("standard", None), ("reference", 24)):
        opened = open_renderer("raytrace", scene, RenderOptions("cpu", samples, extra={"preset": preset}))
        try:
            seen = opened.camera(spec, Instants(state, state, state), ("radiance", "part"), NoiseKey(0, 0, 0)).channels
        finally:
            opened.close()
        out[preset] = (seen["radiance"].astype(np.float64) @ _LUMINANCE)[seen["part"] >= 0]
    return out


@pytest.mark.parametrize("name", ["aisle_step_out", "tote_transfer"])
def test_a_hall_is_as_bright_as_its_lamps_make_it(name):
    """Racks, walls and the ceiling hide what comes from all over the hall, and send back the light of its lamps.

    The mean over a picture of 96 px width is off by about 1 % with 24 paths a pixel. One bounce and an estimate of the
    others come within 15 %; light from all over the hall that nothing hides would be 80 % too bright in the aisle.
    """
    found = luminances(name)
    assert found["standard"].mean() == pytest.approx(found["reference"].mean(), rel=0.15)
