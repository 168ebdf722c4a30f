"""Rows that the ray tracer takes at instants of their own in one go: each is a row of the image of its instant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from simengine.arrays import Array
from simengine.engine.readout import bands, time_in_ns
from simengine.engine.shutter import exposed
from simengine.geometry import transforms as tf
from simengine.render.protocol import Instants, RenderOptions, RollingRenderer
from simengine.sensors.specs import CameraSpec
from simengine.world.materials import Material
from simengine.world.scene import Scene
from simengine.world.state import WorldState
from simengine.world.weather import Environment
from simengine_renderers import raytrace
from tests.renderers.simple_scenes import NOISE, block, scene_of, state_of

LABELS = ("depth", "instance", "normal", "position")


class Moving:
    """A block that moves to the left and turns nowhere."""

    def __init__(self, state: WorldState, speed_mps: float) -> None:
        self.state, self.speed = state, speed_mps

    def state_at(self, time_ns: int) -> WorldState:
        at = self.state.position_m + np.array([0.0, self.speed * time_ns / 1e9, 0.0])
        return replace(self.state, position_m=at, time_ns=time_ns)


def yard(environment: Environment | None = None) -> Scene:
    """A block that casts a shadow on the ground and on a wall behind it."""
    wall = block("wall", (1.0, 40.0, 6.0), "building", Material("red", (0.5, 0.1, 0.1), 0.3))
    ground = block("ground", (80.0, 80.0, 1.0), "road", Material("tar", (0.3, 0.3, 0.3)))
    fixed = [(wall, tf.translation([12.0, 0.0, 0.0])), (ground, tf.translation([0.0, 0.0, -1.0]))]
    return scene_of([block("post", (1.0, 2.0, 4.0))], fixed, environment)


def taken(
    spec: CameraSpec, scene: Scene, speed_mps: float, channels: Sequence[str], at_ns: int = 0, **options: Any
) -> dict[str, Array]:
    states = Moving(state_of(scene, [(8.0, 0.5, 0.0)]), speed_mps)
    renderer = raytrace.open_renderer(scene, RenderOptions(threads=1, **options))
    assert isinstance(renderer, RollingRenderer)
    instants = Instants(states.state_at(at_ns), states.state_at(at_ns + spec.period_ns))
    made = exposed(renderer, states, spec, instants, channels, NOISE)
    renderer.close()
    return {**made.channels, "ev": np.array(made.exposure_ev)}


def camera(height_px: int, readout_ns: int, **more: Any) -> CameraSpec:
    return CameraSpec.from_fov("front", -1, (0.0, 0.0, 1.5), (64, height_px), np.pi / 2, readout_ns=readout_ns, **more)


@pytest.mark.parametrize(("preset", "rain"), [("standard", 0.0), ("standard", 20.0), ("high", 0.0)])
def test_what_stands_looks_as_through_a_global_shutter(preset: str, rain: float) -> None:
    """Bit for bit: light that neighbouring rows share, metering, rain and drops on the lens are of the whole image."""
    scene = yard(Environment(rain_mmph=rain))
    spec = camera(32, 4_000_000, droplets=0.3 if rain else 0.0)
    assert len(bands(spec)) == 4
    wanted = (*LABELS, "rgb", "radiance")
    rolled, still = (
        taken(s, scene, 0.0, wanted, extra={"preset": preset}) for s in (spec, replace(spec, readout_ns=0))
    )
    for name in (*wanted, "ev"):
        assert np.array_equal(rolled[name], still[name]), name


@pytest.mark.parametrize("trace", ["embree", "warp"])
def test_rows_are_those_of_the_image_of_their_instant(trace: str) -> None:
    """Bit for bit, labels and light: where nothing looks at neighbours (``preview``) a row knows of its instant alone.
    At 8 m and f = 32 px, 100 m/s are 0.4 px a millisecond."""
    scene, spec = yard(), camera(32, 4_000_000, exposure_auto=False)
    wanted, options = (*LABELS, "radiance"), {"trace": trace, "extra": {"preset": "preview"}}
    rolled, differ = taken(spec, scene, 100.0, wanted, **options), 0
    for first, stop in bands(spec):
        at_ns = time_in_ns(spec, first, stop)
        whole = taken(replace(spec, readout_ns=0), scene, 100.0, wanted, at_ns, **options)
        for name in wanted:
            assert np.array_equal(rolled[name][first:stop], whole[name][first:stop]), (name, first)
            differ += not np.array_equal(rolled[name], whole[name])
    assert differ > 3 * len(wanted)  # no instant has the image of all


def test_shared_light_reaches_forty_rows() -> None:
    """Light from around is averaged over twenty cells of two rows: rows that far from the seam between two bands of 64
    are those of the image of their instant, and rows beside it differ from them by little."""
    scene, spec = yard(), camera(128, 2_000_000, exposure_auto=False)
    assert bands(spec) == [(0, 64), (64, 128)]
    rolled = taken(spec, scene, 100.0, ("radiance",))["radiance"]
    for band, alone in (((0, 64), slice(0, 24)), ((64, 128), slice(104, 128))):
        at_ns = time_in_ns(spec, *band)
        whole = taken(replace(spec, readout_ns=0), scene, 100.0, ("radiance",), at_ns)["radiance"]
        assert np.array_equal(rolled[alone], whole[alone])
        own = slice(*band)
        assert np.abs(rolled[own] / whole[own] - 1.0).max() < 0.2
