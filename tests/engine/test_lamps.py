"""Lamps: what ``lights`` switches and for how long, what comes on by itself, and how indicators blink."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from simengine.render.labels import objects3d
from simengine.world.builder import SceneBuilder
from simengine.world.lamps import BLINK, Lamp, lamp_words
from simengine.world.lanes import LaneGraph
from simengine.world.state import WorldState
from simengine.world.weather import Environment
from simengine_scenes.vehicles.build import vehicle_asset
from simengine_scenes.vehicles.cyclist import cyclist_asset
from tests.engine.worlds import run

EGO = """
car ego on lane(1) at s(20 m):
    speed = 10 m/s
stop after 2 s
"""


def lamps(body: str) -> np.ndarray:
    (trace,) = run(EGO + body)
    return trace.lamps[: trace.stop_tick + 1, 0].astype(int)


def test_a_switch_stays_and_a_timed_one_goes_back():
    """``lights(high)`` is over at once, so the wait after it starts one tick later; ``for 0.5 s`` holds the indicators
    over ticks 102 to 151, and what was switched before them stays throughout."""
    on = lamps("do:\n    ego.lights(high)\n    wait 1 s\n    ego.lights(left) for 0.5 s\n    wait 9 s")
    assert (on[2:] & (Lamp.LOW | Lamp.HIGH) == (Lamp.LOW | Lamp.HIGH)).all() and not (on & Lamp.AUTO).any()
    blinking = np.flatnonzero(on & Lamp.LEFT)
    assert blinking.size == 50 and (np.diff(blinking) == 1).all()


def test_the_newest_of_those_that_hold_lamps_counts_and_groups_are_apart():
    """Hazard lights begin while the left indicator is held: both sides; when they end the left one is on again. High
    beams are another switch, which indicators leave alone."""
    on = lamps(
        "do:\n    parallel:\n        ego.lights(left) for 1.5 s\n        ego.lights(high) for 1.5 s\n"
        "        serial:\n            wait 0.5 s\n            ego.lights(hazard) for 0.5 s"
    )
    both = int(Lamp.LEFT | Lamp.RIGHT)
    assert (on[20:45] & both == Lamp.LEFT).all() and (on[60:95] & both == both).all()
    assert (on[110:145] & both == Lamp.LEFT).all() and not (on[160:] & both).any()
    assert (on[5:145] & Lamp.HIGH > 0).all() and on[-1] == Lamp.AUTO


def test_indicators_show_a_lane_change_unless_they_are_switched_off():
    """To the left from the right-hand lane: the left indicator from the first tick of the change to its end; with
    ``no_signal`` none at all. Moving beside the middle of the lane shows nothing."""
    change = "ego.change_lane(to = lane(2))"
    on = lamps(f"do:\n    cut: {change}")
    shown = np.flatnonzero(on & Lamp.LEFT)
    assert shown[0] <= 1 and shown.size > 100 and not (on & Lamp.RIGHT).any()
    assert not (lamps(f"do:\n    ego.lights(no_signal)\n    {change}") & (Lamp.LEFT | Lamp.RIGHT)).any()
    assert not (lamps("do:\n    ego.offset(to = 0.5 m)") & (Lamp.LEFT | Lamp.RIGHT)).any()


def test_braking_lights_the_brake_lamps_and_off_is_off():
    """3 m/s2 is more than the 0.3 m/s2 from which brake lamps are lit; ``off`` takes the head lamps out of "auto"."""
    on = lamps("do:\n    ego.lights(off)\n    ego.stop(rate = 3 m/s2)")
    assert (on[20:150] & Lamp.BRAKE > 0).all() and not (on[2:] & Lamp.AUTO).any()
    assert lamp_words(int(on[100])) == ("brake",)


def test_indicators_blink_ninety_times_a_minute_for_half_of_the_time():
    """Period 1 / 1.5 Hz = 0.667 s: over 2 s there are three flashes, each half a period long, of the left lamps alone;
    another actor's begin 0.381966 of a period earlier."""
    builder = SceneBuilder(Environment())
    for name in ("a", "b"):
        builder.place(vehicle_asset("sedan", "red", 0), name)
    scene = builder.build(LaneGraph())
    rest = WorldState.at_rest(2, len(scene.links))
    state = replace(rest, lamps=rest.lamps | int(Lamp.LEFT))
    lit = np.zeros((2, 2000), bool)
    for k in range(2000):
        rows, _ = scene.shining(replace(state, time_ns=k * 1_000_000))
        assert {scene.parts[r].name for r in rows} <= {"lamp_left"}
        for r in rows:
            lit[scene.entities[scene.parts[r].entity].actor, k] = True
    for row in lit:
        assert row.mean() == np.float64(0.5) or abs(row.mean() - 0.5) < 0.02
        assert abs(np.count_nonzero(np.diff(row.astype(int)) == 1) - 3) <= 1
    shift = int(0.381966 * BLINK.period_ns / 1e6)
    assert (lit[1][: 2000 - shift - 2] == lit[0][shift : 2000 - 2]).mean() > 0.99


def test_the_lamps_of_the_world_light_only_those_that_are_left_to_themselves():
    """At night low beams are on by themselves; a driver who has switched off drives without."""
    for kind, bits in (("auto", int(Lamp.AUTO | Lamp.LOW)), ("off", 0)):
        builder = SceneBuilder(Environment(lamps_lit=True))
        builder.place(vehicle_asset("suv", "red", 0), "a")
        scene = builder.build(LaneGraph())
        rest = WorldState.at_rest(1, len(scene.links))
        state = rest if kind == "auto" else replace(rest, lamps=np.zeros(1, np.int64))
        assert scene.lamps(state).tolist() == [bits]
        assert bool(scene.shining(state)[0].size) == (kind == "auto")


def test_lamps_are_as_they_shall_be_from_the_first_frame_on():
    """Head lamps are left to themselves ("auto") at tick 0 as at any other, and what the first statement switches shows
    in the tick in which it is asked for."""
    assert (lamps("do:\n    wait 1 s") == Lamp.AUTO).all()
    assert lamps("do:\n    ego.lights(hazard)\n    wait 1 s")[0] == Lamp.AUTO | Lamp.LEFT | Lamp.RIGHT


def test_vehicles_that_stand_and_take_part_have_their_lamps_on_and_parked_ones_do_not():
    """The ego waits and another car stands with a camera on it: both are actors of the scene, whose head lamps are left
    to themselves; nothing of the program touches the parked one, which is no actor and has no lamps."""
    (trace,) = run(
        "car ego on lane(1) at s(20 m)\ncar other on lane(1) at s(50 m)\ncar parked on lane(1) at s(80 m)\n"
        "sensor eye on other = camera()\nstop after 0.5 s"
    )
    assert [trace.names[k] for k in trace.movers] == ["ego", "other"]
    assert (trace.lamps == Lamp.AUTO).all()


def test_labels_say_which_lamps_are_on():
    """The row of a vehicle has what is switched, and low beams where the street lamps are on and the switch is left to
    itself; a bicycle has no indicators, so none are on whatever its state says; what is parked is dark."""
    for lit in (False, True):
        builder = SceneBuilder(Environment(lamps_lit=lit))
        for name, model in (("ego", "sedan"), ("other", "sedan")):
            builder.place(vehicle_asset(model, "blue", 1), name)
        builder.place(vehicle_asset("sedan", "red", 1), "parked", np.eye(4))
        builder.place(cyclist_asset("city_bike", 1), "bike")
        scene = builder.build(LaneGraph())
        state = WorldState.at_rest(3, len(scene.links))
        state.lamps[:] = [int(Lamp.BRAKE | Lamp.LEFT | Lamp.AUTO), int(Lamp.HIGH), int(Lamp.LEFT)]
        things = objects3d(scene, state)
        shown = dict(zip(things.name, things.lights, strict=True))
        assert shown["ego"] == (("brake", "low_beam", "left_indicator") if lit else ("brake", "left_indicator"))
        assert shown["other"] == ("high_beam",) and shown["parked"] == shown["bike"] == ()
