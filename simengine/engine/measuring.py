"""Measures of a simulated variant at any time: what the language's functions say of the states of its trace."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from simengine.arrays import BoolArray
from simengine.datasets.measures import Measures, empty
from simengine.engine.cast import cast_of
from simengine.engine.catalogue import libraries
from simengine.engine.placement import place
from simengine.engine.scenes import SceneEnv
from simengine.engine.trace import SWIVEL, Trace
from simengine.engine.variants import Variants
from simengine.language import Program
from simengine.language.scenario import Scenario
from simengine.world.scene import Scene
from simengine.world.state import WorldState

__all__ = ["Measuring"]


class Measuring:
    """What is between the ego of a run (``Trace.summary.ego``) and everything that it could meet.

    Args:
        program, scenario: of the variant.
        trace: what happened; it has an ego.
        scene: gives instance ids.
    """

    def __init__(self, program: Program, scenario: Scenario, trace: Trace, scene: Scene) -> None:
        self.trace, self.ego = trace, trace.summary.ego
        self._variants = Variants.of_scenarios(program, [scenario], libraries())
        self._cast = cast_of(self._variants, place(self._variants))
        self._env: SceneEnv | None = None
        self._vehicles: BoolArray = np.array([c == "vehicle" for c in self._cast.categories], np.bool_)
        ids: Mapping[str, int] = {e.name: k for k, e in enumerate(scene.entities)}
        met = (self.ego, *trace.summary.min_distance_m)
        rows = sorted((ids[name], trace.names.index(name)) for name in met)
        self._instance = np.array([k for k, _ in rows], np.int32)
        self._slots = [slot for _, slot in rows]
        self._roads = bool(self._variants.roads.exists.any())

    def at(self, time_ns: int) -> Measures:
        """The measures of a time, from states that are interpolated between ticks."""
        env, summary, ego = self._seen(time_ns), self.trace.summary, self.trace.names.index(self.ego)
        snapshot, columns = env.snapshot, empty(len(self._slots))
        red = dict(zip(summary.red_lights, summary.red_lights_s, strict=True))
        for k, slot in enumerate(self._slots):
            name = self.trace.names[slot]
            columns["off_road"][k] = self._roads and env.off_lanes(slot)[0]
            columns["ran_red"][k] = name in red and red[name] * 1e9 <= time_ns
            if slot == ego:
                continue
            columns["distance_m"][k] = snapshot.distance_m(ego, slot)[0]
            columns["gap_m"][k] = snapshot.gap_m(ego, slot)[0]
            columns["headway_s"][k] = snapshot.headway_s(ego, slot)[0]
            columns["ttc_s"][k] = snapshot.ttc_s(ego, slot)[0]
            columns["required_deceleration_mps2"][k] = snapshot.required_deceleration_mps2(ego, slot)[0]
            columns["pet_s"][k] = summary.pet_s.get(name, np.inf)
            columns["contact"][k] = snapshot.collision(ego, slot)[0]
            if name in summary.contacts_s:
                columns["contact_time_ns"][k] = round(summary.contacts_s[name] * 1e9)
        columns |= {"instance": self._instance, "name": np.array([self.trace.names[s] for s in self._slots], object)}
        return Measures.of_columns(time_ns, self.ego, columns)

    def _seen(self, time_ns: int) -> SceneEnv:
        """The language's view of an instant."""
        state = _state(self.trace, self._vehicles, time_ns)
        if self._env is None:
            self._env = SceneEnv(self._variants, self._cast, state)
        else:
            self._env.see(state)
        return self._env


def _state(trace: Trace, vehicles: BoolArray, time_ns: int) -> WorldState:
    """All slots at a time, batch (1,)."""
    rows = trace.state_at(time_ns)[None]
    at, orientation, velocity, spin = (np.ascontiguousarray(p) for p in np.split(rows[..., :13], (3, 7, 10), -1))
    lamps = np.zeros(rows.shape[:2], np.int64)
    doors = np.where(vehicles[:, None], rows[..., SWIVEL], 0.0)  # of people it is the turn of the head
    return WorldState(
        time_ns, at, orientation, velocity, spin, np.zeros((1, 0)), lamps, np.array(trace.active)[None],
        doors_rad=doors,
    )  # fmt: skip
