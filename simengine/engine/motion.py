"""Labels about the frames beside this one: backward flow, and which points are seen in the next frame and in the last.

They cost renders of their own: a mask the other frame's surfaces, backward flow this frame's once more.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, cast

import numpy as np

from simengine.arrays import Array
from simengine.engine.rolling_motion import moved_points
from simengine.engine.shutter import exposed
from simengine.errors import UsageError
from simengine.render.labels import SEEN_FROM, flow_mask, range_then
from simengine.render.protocol import CameraReading, Instants, NoiseKey, Renderer
from simengine.world.state import WorldState

__all__ = ["motion_labels"]


class _States(Protocol):
    def state_at(self, time_ns: int) -> WorldState: ...


def motion_labels(
    renderer: Renderer, states: _States, image: CameraReading, instants: Instants, wanted: Sequence[str],
    noise: NoiseKey,
) -> dict[str, Array]:  # fmt: skip
    """Those of ``MOTION_CHANNELS`` that are wanted of an image, with what ``engine.recording.NEEDED_BY`` names.

    Args:
        renderer, states: of the variant.
        image: of this frame.
        instants: its states, with that of the next frame.
        wanted: names.
        noise: as of ``Renderer.camera``.

    Raises:
        UsageError: an image that stays on a device.
    """
    spec, now = image.spec, instants.start
    if not all(isinstance(cast("object", values), np.ndarray) for values in image.channels.values()):
        raise UsageError(f"{', '.join(wanted)} are computed on the processor; ask for frames without on_device")

    def mask(flow: Array, then: WorldState) -> Array:
        there = exposed(renderer, states, spec, Instants(then, then), SEEN_FROM, noise)
        if spec.readout_ns:
            distance = moved_points(renderer.scene, states, image, now.time_ns, then.time_ns).range_m
        else:
            distance = range_then(renderer.scene, image, now, then)
        return flow_mask(flow, distance, image.channels["part"], there)

    out: dict[str, Array] = {}
    if "flow_mask" in wanted:
        assert instants.next is not None
        out["flow_mask"] = mask(image.channels["flow"], instants.next)
    if {"flow_back", "flow_back_mask"} & set(wanted):
        shape = (spec.height_px, spec.width_px)
        out |= {"flow_back": np.full((*shape, 2), np.nan, np.float32), "flow_back_mask": np.zeros(shape, np.uint8)}
        if now.time_ns >= spec.period_ns:
            before = states.state_at(now.time_ns - spec.period_ns)
            back = exposed(renderer, states, spec, Instants(now, instants.stop, before), ("flow",), noise).channels[
                "flow"
            ]
            out["flow_back"] = back
            if "flow_back_mask" in wanted:
                out["flow_back_mask"] = mask(back, before)
    return {name: out[name] for name in wanted}
