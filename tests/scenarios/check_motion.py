"""Looks over how things move in whole runs: what overlaps, jumps, turns or speeds up beyond what bodies can, slides on
its feet, trembles, sinks or floats. What collides on purpose is told apart: ``struck`` is news, all else is a fault.

    python -m tests.scenarios.check_motion busy_street roundabout_cyclist --seeds 3 --variants 2

Names are those of scenarios, or files of them; ``all`` means the library. The exit code says whether there are faults.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from simengine.arrays import F64Array
from simengine.engine.catalogue import find_scenario, libraries, scenario_files
from simengine.engine.overlaps import watched_pairs
from simengine.engine.placement import place
from simengine.engine.simulate import simulate
from simengine.engine.trace import Trace, box_of
from simengine.engine.variants import Variants
from simengine.engine.variation import VARIANT_ERRORS, geometry_of
from simengine.language import parse_text
from simengine.language.moving import carriers
from simengine.language.program import Act, Block, Program, Timeline
from simengine.language.sample import Sampler
from simengine.language.terms import EntityRef
from simengine.physics.boxes import separation_m
from simengine.physics.cast import DRIVEN_OVER_M

OVERLAP_M = 0.01
"""Boxes are in each other from that depth on."""
JUMP_M = 0.02
"""A step in a tick differs by no more from that of the mean speed."""
TURN_RADPS = {"person": 3.1, "vehicle": 3.0}
"""Nobody turns about on the spot in less than a second, and no wheeled thing faster than that."""
PULL_MPS2 = {"person": 8.0, "vehicle": 12.0}
"""Of the velocity in the plan, along and across: sprinters set off with 5 m/s2, and soles hold 6 m/s2 to the side;
tyres and brakes of road vehicles end at 1.1 g."""
SLIDE_MPS = 0.05
"""People go where they face: so much to the side, and so much other than their gait says."""
TREMBLES_HZ = 4.0
"""Steering and turning go to and fro no more often in any second, where they go far enough to be seen ..."""
SEEN_RADPS = {"person": 0.3, "vehicle": 0.15}
"""... which is that: at 4 Hz half a degree of people, who sway anyway, and half of that of vehicles."""
LOW_M, HIGH_M = -0.02, 0.35
"""Nothing sinks, and what stands on its own wheels and feet is no higher than a kerb."""


class Fault(NamedTuple):
    """Something seen in a run: what, of whom ("a, b" of two), first when, and the worst figure with its unit."""

    what: str
    who: str
    time_s: float
    worst: float
    unit: str


def faults(trace: Trace, variants: Variants, row: int) -> list[Fault]:
    """All that is wrong with the motion of a variant, in the order of time.

    Args:
        trace: what happened.
        variants: the batch it is from.
        row: which of it.
    """
    slots, size = variants.roster.slots, variants.size_m[row]
    struck = {name: c.time_s for c in reversed(trace.impacts) for name in (c.first, c.second)}
    found = [Fault("struck", f"{c.first}, {c.second}", c.time_s, 0.0, "") for c in trace.impacts]
    bodies = {s.name for s in slots if s.kind.loose or s.kind.body is not None}
    found += _overlaps(trace, variants.program, size, bodies.union(struck))
    moves = {trace.names[k] for k in trace.movers.tolist()}
    teleported, borne = _teleported(variants.program), _borne(variants.program)
    for k, slot in enumerate(slots):
        name = slot.decl.name
        if not trace.active[k] or slot.name not in moves or slot.kind.chain is not None:
            continue
        until = round(struck.get(slot.name, np.inf) * trace.rate_hz) if slot.name in struck else trace.stop_tick
        category = slot.decl.category
        track = Track(trace.states_of(slot.name)[: max(until, 1)], 1.0 / trace.rate_hz)
        free = slot.kind.body is not None or category not in TURN_RADPS or name in teleported
        found += track.told(slot.name, track.steps() if not free else [])
        if category in TURN_RADPS and name not in borne:
            found += track.told(slot.name, track.bends(category) if not free else [])
            found += track.told(slot.name, track.feet() if category == "person" and not free else [])
            flies = bool((track.states[:, 2] > 1.0).any())
            found += track.told(slot.name, [] if flies else [("floats", track.states[:, 2], HIGH_M, "m")])
        found += track.told(slot.name, [("sinks", -track.states[:, 2], -LOW_M, "m")])
    return sorted(found, key=lambda f: f.time_s)


class Track:
    """States of one entity, (T, CHANNELS), a tick apart."""

    def __init__(self, states: F64Array, dt_s: float) -> None:
        self.states, self.dt_s = states, dt_s
        self.v = np.diff(states[:, :2], axis=0) / dt_s  # (T - 1, 2)
        self.yaw = np.unwrap(np.arctan2(2.0 * (states[:, 3] * states[:, 6] + states[:, 4] * states[:, 5]),
                                        1.0 - 2.0 * (states[:, 5] ** 2 + states[:, 6] ** 2)))  # fmt: skip

    def told(self, who: str, rows: list[tuple[str, F64Array, float, str]]) -> list[Fault]:
        """A fault for each figure that is somewhere above its limit."""
        out: list[Fault] = []
        for what, values, limit, unit in rows:
            if values.size and float(values.max()) > limit:
                first = int(np.argmax(values > limit))
                out.append(Fault(what, who, first * self.dt_s, float(values.max()), unit))
        return out

    def steps(self) -> list[tuple[str, F64Array, float, str]]:
        """Places and velocities say the same."""
        told = 0.5 * (self.states[1:, 7:9] + self.states[:-1, 7:9])
        return [("jumps", np.hypot(*(self.v - told).T) * self.dt_s, JUMP_M, "m")]

    def bends(self, category: str) -> list[tuple[str, F64Array, float, str]]:
        """Turns and speeds are those of bodies, and steady."""
        turn = np.diff(self.yaw) / self.dt_s
        told = self.states[:, 7:9]
        pull = np.hypot(*(np.diff(told, axis=0) / self.dt_s).T)
        return [
            ("turns", np.abs(turn), TURN_RADPS[category], "rad/s"),
            ("pulls", _median3(pull), PULL_MPS2[category], "m/s2"),
            ("trembles", self._reversals(turn, SEEN_RADPS[category]), TREMBLES_HZ, "Hz"),
        ]

    def _reversals(self, rate: F64Array, seen_radps: float) -> F64Array:
        """How often a rate has gone to and fro in the second before each tick: full turns of its sign of change, where
        it went farther than what is seen."""
        ends, last, going = [False] * rate.size, 0.0, 0
        for k, r in enumerate(rate.tolist()):  # a value follows only where the band is left: small noise does not count
            if abs(r - last) > seen_radps:
                way = 1 if r > last else -1
                ends[k] = going == -way
                last, going = r, way
            elif (r - last) * going > 0:
                last = r
        count = np.concatenate([[0], np.cumsum(ends)])
        second = round(1.0 / self.dt_s)
        return 0.5 * (count[1:] - count[np.maximum(np.arange(rate.size) + 1 - second, 0)])

    def feet(self) -> list[tuple[str, F64Array, float, str]]:
        """People go where they face, and as far as their gait says."""
        yaw = 0.5 * (self.yaw[1:] + self.yaw[:-1])
        aside = np.abs(self.v[:, 1] * np.cos(yaw) - self.v[:, 0] * np.sin(yaw))
        along = self.v[:, 0] * np.cos(yaw) + self.v[:, 1] * np.sin(yaw)
        paced = 0.5 * (self.states[1:, 13] + self.states[:-1, 13])
        return [("slides aside", aside, SLIDE_MPS, "m/s"), ("slides along", np.abs(along - paced), SLIDE_MPS, "m/s")]


def _median3(values: F64Array) -> F64Array:
    """Of each value and both beside it: one tick alone is an order that takes effect."""
    if values.size < 3:
        return np.zeros(0)
    return np.median(np.stack([values[:-2], values[1:-1], values[2:]]), 0)


def _overlaps(trace: Trace, program: Program, size: F64Array, solid: set[str]) -> Iterator[Fault]:
    """Pairs that are in each other, deepest where; not riders, loads and trailers, nor two ``solid`` ones that rigid
    bodies keep apart: the boxes around what has tumbled, or is hollow, say nothing."""
    apart = watched_pairs(replace(program, monitors=()))
    slots: list[int] = np.flatnonzero(trace.active & (size[:, 2] > DRIVEN_OVER_M)).tolist()
    moving = set(trace.movers.tolist())
    reach = 0.5 * np.hypot(size[:, 0], size[:, 1])
    states = {k: trace.states_of(trace.names[k]) for k in slots}
    for i, a in enumerate(slots):
        for b in slots[i + 1 :]:
            names = trace.names[a], trace.names[b]
            if frozenset(n.partition("[")[0] for n in names) in apart or solid.issuperset(names):
                continue
            stop = None if a in moving or b in moving else 1
            between = states[a][:stop, :2] - states[b][:stop, :2]
            ticks = np.flatnonzero((between * between).sum(-1) < (reach[a] + reach[b]) ** 2)
            if not ticks.size:
                continue
            one, two = (box_of(np.ascontiguousarray(states[k][ticks]), size[k]) for k in (a, b))
            depth = -separation_m(one, two)
            if float(depth.max()) > OVERLAP_M:
                first = ticks[int(np.argmax(depth > OVERLAP_M))]
                yield Fault("overlap", ", ".join(names), float(first) / trace.rate_hz, float(depth.max()), "m")


def _acts(program: Program) -> Iterator[Act]:
    stack: list[Timeline] = [*program.timeline, *(s for w in program.whens for s in w.body)]
    while stack:
        statement = stack.pop()
        if isinstance(statement, Act):
            yield statement
        elif isinstance(statement, Block):
            stack += [*statement.body, *(inner for case in statement.cases for inner in case.body)]


def _teleported(program: Program) -> set[str]:
    """Whose places jump because the text says so."""
    named = [e for a in _acts(program) if a.action == "teleport" for e in (a.receiver, *a.args.values())]
    return {e.name for e in named if isinstance(e, EntityRef)}


def _borne(program: Program) -> set[str]:
    """Who stands on or lies in something, or is towed."""
    return {e.name for e in program.entities if carriers(e)}


def checked(program: Program, seed: int, count: int) -> Iterator[tuple[int, list[Fault] | str]]:
    """The first variants of a seed: index, and what is wrong with each or the error that it met."""
    for index in range(count):
        try:
            variants = Variants.of(Sampler(program, seed).draw([index], geometry_of(program, seed)), libraries())
            (trace,) = simulate(variants, place(variants))
        except VARIANT_ERRORS as error:
            yield index, str(error).partition("\n")[0]
            continue
        yield index, faults(trace, variants, 0)


def _main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("names", nargs="+", help="scenarios of the library, files, or: all")
    parser.add_argument("--seeds", type=int, default=1, help="so many seeds, from --first-seed on")
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--variants", type=int, default=1, help="so many variants of each seed")
    given = parser.parse_args()
    names = sorted(f.name for f in scenario_files()) if given.names == ["all"] else given.names
    seen = 0
    for name in names:
        file = find_scenario(name)
        for program in parse_text(file.source, file.origin, libraries=libraries()):
            for seed in range(given.first_seed, given.first_seed + given.seeds):
                for index, found in checked(program, seed, given.variants):
                    where = f"{program.name} seed {seed} variant {index}"
                    if isinstance(found, str):
                        sys.stdout.write(f"{where}: {found}\n")
                        continue
                    for f in found:
                        seen += f.what != "struck"
                        sys.stdout.write(f"{where}: {f.time_s:6.2f} s  {f.what}  {f.who}  {f.worst:.3g} {f.unit}\n")
                    sys.stdout.flush()
    sys.stdout.write(f"{seen} faults\n")
    return int(seen > 0)


if __name__ == "__main__":
    sys.exit(_main())
