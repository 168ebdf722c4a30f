"""The whole chain from text to traces, on straight roads with box cars. Ticks are 0.01 s unless a record rate differs.

Sedans are 4 m long; ``ego`` at s(20 m) has its front at 22 m. A car without a controller keeps its speed exactly.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from simengine.engine.cast import cast_of
from simengine.engine.clock import DEFAULT_LIMIT_S
from simengine.engine.placement import place
from simengine.engine.scenes import InitialScenes, SceneEnv, initial_state
from simengine.engine.simulate import simulate
from simengine.engine.variants import Variants
from simengine.errors import BudgetError, LimitError, NotRunnableError, ProgramError
from simengine.language.evaluate import evaluate
from simengine.language.program import NotYet
from simengine.language.rejection import Budget
from simengine.language.sample import Sampler
from simengine.language.scenario import Scenario
from simengine.language.terms import START
from simengine.world.lamps import Lamp
from simengine.world.library import BOOL
from tests.engine.worlds import LIBRARIES, draw, read, run, variants_of

EGO = """
car ego on lane(1) at s(20 m):
    speed = 10 m/s
"""


def test_stops_when_the_condition_holds():
    """10 m/s, 50 m less half a centimetre: reached at tick 500, and the run ends there."""
    (trace,) = run(EGO + "stop when ego.travelled > 49.995 m\nstop after 20 s")
    assert (trace.stop_tick, trace.duration_ns) == (500, 5_000_000_000)
    assert trace.stop_reason.startswith("stop when")
    assert trace.track("ego")[-1] == pytest.approx([70.0, 1.5, 0.0], abs=1e-9)
    assert len(trace.moved) > 500 + 1  # states go on, for scans that begin at the stop


def test_stops_after_a_time_and_by_default_at_the_limit(monkeypatch):
    """``stop after`` is an upper bound; without any stop, the default limit is (30 s; here 0.5 s, to be quick)."""
    assert DEFAULT_LIMIT_S == 30.0
    monkeypatch.setattr("simengine.engine.simulate.DEFAULT_LIMIT_S", 0.5)
    assert run(EGO + "stop after 2 s")[0].stop_tick == 200
    (trace,) = run(EGO)
    assert (trace.stop_tick, trace.stop_reason) == (50, "time limit")


def test_the_end_of_the_timeline_ends_a_run_without_stops():
    """``wait 1 s`` is over at tick 100 and its parent with it."""
    (trace,) = run(EGO + "do:\n    wait 1 s")
    assert (trace.stop_tick, trace.stop_reason) == (100, "end of the timeline")


def test_collision_is_timed_between_ticks():
    """Front at 22 m, a standing car's rear at 52.005 m: contact at 30.005 m / 10 m/s = 3.0005 s, inside a tick. From
    then on they push each other: in the rest of the tick, 9.5 ms, they cannot get deeper than 9.5 cm."""
    body = EGO + "car other ahead of ego by 30.005 m\nstop when collision(ego, other)\nstop after 9 s"
    (trace,) = run(body)
    assert trace.stop_tick == 301
    assert trace.summary.collision == "other"
    assert trace.summary.collision_s == pytest.approx(3.0005, abs=1e-6)
    assert -0.095 < trace.summary.min_distance_m["other"] <= 0.0
    assert trace.summary.min_ttc_s == 0.0


def test_smallest_time_to_collision_is_that_of_the_function():
    """Two cars in a lane, closing at 4 m/s from 40 m for 3 s: gap by closing speed is 28 m / 4 m/s = 7 s at the end, in
    the summary and as ``ego.ttc(other)``. A car in the next lane has a ``ttc`` and is on no collision course."""
    other = "car other {} ahead of ego by 40 m:\n    speed = 6 m/s\n"
    body = EGO + other + "stop after 3 s\nexpect always ego.ttc(other) > 1 s"
    (trace,) = run(body.format("on lane(1)"))
    assert trace.summary.min_ttc_s == pytest.approx(7.0, abs=1e-9)
    assert trace.verdicts[0].robustness == pytest.approx(trace.summary.min_ttc_s - 1.0, abs=1e-12)
    (trace,) = run(body.format("on lane(2)"))
    assert trace.summary.min_ttc_s == np.inf and trace.verdicts[0].robustness == pytest.approx(6.0)


def test_alongside_the_time_is_that_until_the_boxes_touch():
    """Two cars level with each other, in lanes 3 m apart and 2 m wide: 1 m of air. One moves 0.5 m over at 0.25 m/s, or
    on a smooth curve of degree three or five at most 1.875 times that: it is never nearer to contact than 0.5 m /
    0.47 m/s = 1.07 s, and surely nearer than 1 m / 0.25 m/s (along the lane there is no gap that closes)."""
    body = EGO + (
        "car other on lane(2) at s(20 m):\n    speed = 10 m/s\n"
        "stop after 3 s\ndo:\n    other.offset(to = -0.5 m, lateral_speed = 0.25 m/s)"
    )
    (trace,) = run(body)
    assert trace.summary.collision is None
    assert 1.07 < trace.summary.min_ttc_s < 4.0


def test_robustness_of_monitors_is_the_analytic_margin():
    """Speed is 10 m/s throughout: ``< 11 m/s`` has margin 1; the distance covered after 1 s is 10 m: ``> 4 m`` within
    1 s has margin 6; the gap to a car 100 m ahead falls by 10 m/s to 80 m at 2 s: ``always > 90 m`` has margin -10 and
    is first violated when the gap reaches 90 m, at 1.0 s."""
    body = EGO + (
        "car other ahead of ego by 100 m\nstop after 2 s\nexpect always ego.speed < 11 m/s\n"
        "ensure eventually within 1 s ego.travelled > 4 m\nexpect always ego.gap(other) > 90.0001 m"
    )
    first, second, third = run(body)[0].verdicts
    assert (first.kind, first.holds, first.violated_ns) == ("expect", True, None)
    assert first.robustness == pytest.approx(1.0, abs=1e-12)
    assert second.robustness == pytest.approx(6.0, abs=1e-9)
    assert not third.holds
    assert third.robustness == pytest.approx(-10.0001, abs=1e-9)
    assert third.violated_ns == 1_000_000_000


def test_ensure_decides_what_is_kept():
    """A run whose ``ensure`` fails is not kept; a failed ``expect`` does not matter for that."""
    assert not run(EGO + "stop after 1 s\nensure always ego.speed > 20 m/s")[0].kept
    assert run(EGO + "stop after 1 s\nexpect always ego.speed > 20 m/s")[0].kept


def test_coverage_is_latched_at_its_event():
    """The phase starts when 20 m are covered (2 s): the gap to a car 100 m ahead is then 80 m, and stays that in the
    record although it shrinks on. A phase that never starts gives None."""
    body = EGO + (
        "car other ahead of ego by 100 m\n"
        "do:\n    wait until ego.travelled > 19.995 m\n    a: ego.keep_speed() for 1 s\n"
        "    wait until ego.travelled > 500 m\n    b: ego.keep_speed()\n"
        "stop after 4 s\ncover ego.gap(other) as gap_in at a.started by 10 m\n"
        "cover ego.gap(other) as never at b.started by 10 m\ncover ego.speed by 5 m/s\n"
        "expect gap_in > 70 m"
    )
    (trace,) = run(body)
    assert trace.covers["gap_in"] == pytest.approx(80.0, abs=1e-9)
    assert trace.covers["never"] is None
    assert trace.covers["ego.speed"] == 10.0
    assert [(e.name, e.time_ns) for e in trace.events] == [("a.started", 2_000_000_000), ("a.ended", 3_000_000_000)]
    assert trace.verdicts[0].robustness == pytest.approx(10.0, abs=1e-9)  # judged at the end, on the latched value
    assert trace.time_of("a.ended") == 3_000_000_000


def test_when_interrupts_and_the_car_stops():
    """At 20 m the car begins to brake at 5 m/s2: it stands v^2 / 2a = 10 m further on, plus what the build-up of the
    brake at its jerk limit costs (about v a / 2j = 10 * 5 / 80 = 0.6 m)."""
    body = EGO + "when ego.travelled > 19.995 m:\n    ego.stop(rate = 5 m/s2)\nstop when ego.standstill\nstop after 6 s"
    (trace,) = run(body)
    assert trace.stop_reason.startswith("stop when")
    assert 29.9 < trace.track("ego")[-1, 0] - 20.0 < 31.0
    assert trace.lamps[250, 0] & Lamp.BRAKE
    assert not trace.lamps[100, 0] & Lamp.BRAKE


KID = """
car parked[3] along curb(right) by 1.5 m
pedestrian kid between parked[1] and parked[2]:
    speed = 3 m/s
do:
    wait until ego.time_to(kid.crossing) < 2 s
    dart: kid.run(across = road, speed = kid.speed)
    kid.run(to = far_curb)
stop after 5 s
"""


def test_child_starts_when_the_car_is_two_seconds_away():
    """The gap between the first two parked cars is centred at 50 + 4 + 0.75 = 54.75 m. ego's front reaches that line
    from 22 m in 3.275 s; two seconds earlier, at the first tick after 1.275 s, the child starts. It runs across at its
    own pace and never along the road."""
    (trace,) = run(EGO + KID, world="road(lanes = 2, length = 200 m)")
    assert trace.time_of("dart.started") == 1_280_000_000
    track = trace.track("kid")
    assert track[:129, :2] == pytest.approx(np.array([[54.75, -0.75]] * 129), abs=1e-9)
    assert np.abs(track[:, 0] - 54.75).max() < 1e-6
    assert track[-1, 1] > 3.0
    assert trace.speed_mps("kid").max() == pytest.approx(3.0, abs=1e-6)


def test_conditions_over_the_elements_of_an_array():
    """A quantifier asks of each element, an index of one. At 1 s ego's front is at 32 m, the rears of the first two
    parked cars at 250 and 255.5; sideways the boxes are 0.5 - 0.25 = 0.25 m apart (lane edge to parked side)."""
    body = EGO + (
        "car parked[3] along curb(right) by 1.5 m\nstop after 1 s\n"
        "expect always not any(p in parked: collision(ego, p))\n"
        "expect always all(p in parked: distance(ego, p) > 1 m)\n"
        "expect always distance(ego, parked[1]) > 1 m\nexpect always distance(ego, parked[2]) > 1 m"
    )
    collision, everyone, first, second = run(body)[0].verdicts
    assert (collision.holds, collision.robustness) == (True, np.inf)
    assert everyone.holds
    assert first.robustness == pytest.approx(np.hypot(250 - 32, 0.25) - 1.0, abs=1e-6)
    assert second.robustness == pytest.approx(np.hypot(255.5 - 32, 0.25) - 1.0, abs=1e-6)


def test_questions_about_whole_arrays_are_reduced():
    """Programs from other doors may ask about an array as such: the nearest distance, any collision, all passed."""
    body = EGO + "car parked[~ 1..3] along curb(right) by 1.5 m\nexpect always distance(ego, parked[1]) > 1 m"
    variants = variants_of(read(body), 4)
    placement = place(variants)
    env = SceneEnv(variants, cast_of(variants), initial_state(placement))
    atom = variants.program.monitors[0].formula.item.expr.args[0]
    own, group = atom.args.values()
    whole = replace(atom, args={"a": own, "b": replace(group, index=None)})
    nearest = evaluate(whole, env, 4)
    assert nearest == pytest.approx(np.full(4, np.hypot(250 - 22, 0.25)), abs=1e-6)  # whatever the count
    passed = replace(whole, function="passed", receiver=own, args={"target": whole.args["b"]}, type=BOOL)
    assert not evaluate(passed, env, 4).any()


def test_batch_equals_singles_bit_for_bit():
    """Five variants with drawn speeds, counts, models and branches: each trace has the bytes that it has alone."""
    text = (
        "car ego on lane(1) at s(80 m):\n    speed ~ 5..15 m/s\n    controller = aeb(reaction ~ 0.2..0.6 s)\n"
        "car parked[~ 2..4] along curb(right) by ~ 0.8..2.5 m:\n    model ~ {sedan, van}\n"
        "pedestrian kid between parked[1] and parked[2]:\n    speed ~ 1.5..4 m/s\n"
        "car other on lane(2) at s(70 m):\n    speed ~ 4..9 m/s\n"
        "param gap: time ~ 1..5 s\n"
        "do:\n    wait until ego.time_to(kid.crossing) < gap\n"
        "    dart: kid.run(across = road, speed = kid.speed)\n"
        "    one_of:\n        case 0.5:\n            kid.run(to = far_curb)\n"
        "        case 0.5:\n            kid.freeze() for ~ 0.5..1 s\n"
        "    other.change_lane(to = lane(1), lateral_speed = 1 m/s)\n"
        "stop when ego.passed(kid) or collision(ego, kid)\nstop after 4 s\n"
        "ensure eventually within 8 s distance(ego, kid) < 20 m\nexpect always distance(ego, kid) > 0.3 m\n"
        "sensor front on ego = camera()\ncover visible(kid, front) as seen at dart.started by 20 %\n"
    )
    program = read(text, "road(lanes = 2, length = 400 m)")
    draws = draw(program, 5)
    together = simulate(Variants.of(draws, LIBRARIES))
    for row in (0, 3):
        scenario = Scenario.from_json(draws.scenario(row).to_json())
        (alone,) = simulate(Variants.of_scenarios(program, [scenario], LIBRARIES))
        trace = together[row]
        assert alone.motion.tobytes() == trace.motion.tobytes()
        assert alone.lamps.tobytes() == trace.lamps.tobytes()
        assert (alone.events, alone.verdicts, alone.covers) == (trace.events, trace.verdicts, trace.covers)
        assert (alone.summary, alone.stop_reason) == (trace.summary, trace.stop_reason)


def test_a_place_beyond_the_end_of_the_road_is_named():
    """100 m + 950 m is off a road of 1000 m; queue[2] is off it for the same reason: one line."""
    road = "car ego on lane(1) at s(100 m)\n"
    for by in ("~ 950..1050 m", "950 m"):
        program = read(road + f"car queue[2] on lane(1) ahead of ego by {by}")
        with pytest.raises(BudgetError) as told:
            Sampler(program, 0, budget=Budget(geometric=64)).draw([0], InitialScenes(program, LIBRARIES, 0))
        lines = str(told.value).splitlines()
        assert lines[-2].endswith("x  'queue[1]' is beyond the end of lane(1) (1000 m)")
        assert lines[-3] == "where things have no place:" and "make the road longer" in lines[-1]


def test_change_of_lane_goes_to_the_lane_of_another():
    """``to = ego.lane`` is ego's lane when the action starts: the other ends in the middle of lane 1 (y = 1.5)."""
    body = EGO + (
        "car other on lane_beside(ego, left) ahead of ego by 30 m:\n    speed = 10 m/s\n"
        "do:\n    cut: other.change_lane(to = ego.lane, lateral_speed = 1.5 m/s)\n    wait 0.5 s"
    )
    (trace,) = run(body)
    assert trace.track("other")[0, 1] == 4.5
    assert trace.track("other")[-1, 1] == pytest.approx(1.5, abs=0.1)
    assert 3.0 < trace.time_of("cut.ended") / 1e9 < 3.3  # the peak of a half sine is pi / 2 of its mean: 3 m in 3.14 s


def test_fixed_overlap_is_an_error_that_names_both():
    """Nothing is drawn and two cars stand in each other: sampling says so, and so does simulating without sampling."""
    program = read(EGO + "car other on lane(1) at s(22 m)")
    scenes = InitialScenes(program, LIBRARIES, 0)
    with pytest.raises(BudgetError, match="'ego' and 'other' overlap\nmove one of them"):
        Sampler(program, 0).draw([0], scenes)
    assert "'ego' and 'other' overlap" in scenes.explain()
    variants = Variants.of(Sampler(program, 0).draw([0]), LIBRARIES)
    with pytest.raises(ProgramError, match="'ego' and 'other' overlap"):
        simulate(variants)


def test_sight_constraint_is_met_by_every_draw():
    """``require not ego.sees(kid)``: asked again of the placed scenes of 20 accepted draws, none sees the child."""
    start = "param start: length ~ 20..70 m\ncar ego on lane(1) at s(start)\n"
    body = start + KID.split("do:")[0]
    program = read(body + "require not ego.sees(kid)", "road(lanes = 1, length = 200 m)")
    draws = draw(program, 20)
    tally = next(t for t in draws.tallies if "sees" in t.text)
    assert tally.rejected > 0  # from close by, the driver does see into the gap
    variants = Variants.of(draws, LIBRARIES)
    placement = place(variants)
    env = SceneEnv(variants, cast_of(variants), initial_state(placement))
    assert evaluate(program.requires[0].expr, env, 20).all()


def test_what_does_not_run_is_refused_at_once():
    """A program with parts that check and do not run gives one clear error with the lines."""
    program = replace(read(EGO), not_yet=(NotYet("what only checks", START),))
    with pytest.raises(NotRunnableError, match="what only checks"):
        simulate(variants_of(program))


def test_initial_geometry_is_known_to_definitions():
    """``lateral`` from another entity's width (2 m for a sedan): half of it is 1 m to the left of y = 1.5."""
    (trace,) = run(EGO + "car other ahead of ego by 20 m:\n    lateral = 50 % * ego.width\nstop after 0.1 s")
    assert trace.track("other")[0, 1] == pytest.approx(2.5, abs=1e-12)


def test_what_would_not_fit_into_memory_is_refused():
    """40 moving cars for an hour at 100 hz, 200 variants: 40 * 360,000 * 200 * 136 bytes is far above 8 GiB."""
    program = read("car all[40] along curb(right) by 1 m:\n    speed = 1 m/s\nstop after 3600 s")
    with pytest.raises(LimitError, match="simulate fewer variants at a time"):
        simulate(variants_of(program, 200))


def test_time_to_a_station_and_windows_of_a_phase():
    """ego's front is at 22 m: 28 m or 2.8 s before s(50 m), so the phase starts when 1 s is left, at 1.8 s (the first
    tick below: 1.81). While it runs (0.5 s) ego drives on at 10 m/s; the largest distance covered then is at its last
    tick, 2.3 s, and the smallest at its first."""
    body = EGO + (
        "do:\n    wait until ego.time_to(s(50 m)) < 1 s\n    a: ego.keep_speed() for 0.5 s\n"
        "stop after 4 s\nexpect always during a ego.travelled > 18 m\n"
        "expect eventually during a ego.travelled > 23 m\nexpect eventually (a.ended and ego.travelled < 23.2 m)"
    )
    (trace,) = run(body)
    start = trace.time_of("a.started") / 1e9
    assert start == pytest.approx(1.81, abs=0.011)
    first, second, third = trace.verdicts
    assert first.robustness == pytest.approx(10 * start - 18.0, abs=1e-9)
    assert second.robustness == pytest.approx(10 * (start + 0.49) - 23.0, abs=1e-9)
    assert third.holds


def test_a_lidar_sees_as_far_as_it_reaches():
    """A car that drives away at 10 m/s from 9 m on leaves a range of 20 m within 1.5 s, and no camera is asked."""
    body = EGO.replace("10 m/s", "0 m/s") + (
        "car other ahead of ego by 9 m:\n    speed = 10 m/s\nsensor roof on ego = lidar(range = 20 m)\nstop after 2 s\n"
        "expect always within 0.1 s visible(other, roof) > 50 %\n"
        "expect always after 1.9 s visible(other, roof) <= 0 %\nexpect always not ego.offroad"
    )
    (trace,) = run(body)
    assert [v.holds for v in trace.verdicts] == [True, True, True]


UNDEFINED = (
    "late.started < 1 s", "not (late.started < 1 s)", "gap_in > 5 m", "not (gap_in > 5 m)", "not gap_small",
    "always gap_in > 5 m", "not eventually gap_in > 5 m", "gap_small", "late.started != 1 s",
    "not (late.started < 1 s or gap_in > 5 m)", "not (1 s < late.started < 9 s)",
)  # fmt: skip
NEVER = EGO + (
    "car other ahead of ego by 50 m\ndo:\n    wait until time > 9 s\n    late: ego.stop()\n"
    "cover ego.gap(other) as gap_in at late.started by 1 m\ncover ego.gap(other) > 5 m as gap_small at late.started\n"
    "stop after 0.2 s\n"
)


@pytest.mark.parametrize("condition", UNDEFINED)
def test_conditions_about_what_never_happened_are_undefined(condition):
    """``late`` would start at 9 s and the run ends at 0.2 s: nothing is known of its time or of the gap at it, so
    neither the condition nor its negation holds. The verdict says why."""
    for kind in ("expect", "ensure"):
        trace = run(NEVER + f"{kind} {condition}")[0]
        (verdict,) = trace.verdicts
        assert not verdict.holds and np.isnan(verdict.robustness) and verdict.violated_ns is not None
        assert verdict.message == f"{condition}: undefined, as 'late.started' never happened"
        assert trace.kept == (kind == "expect")


def test_whether_something_happened_is_always_known():
    """An event as a condition asks whether it has happened: no, and "not" of that is yes."""
    verdicts = run(NEVER + "expect late.started\nexpect not late.started\nexpect always not late.started")[0].verdicts
    assert [v.holds for v in verdicts] == [False, True, True]
    assert [v.robustness for v in verdicts] == [-np.inf, np.inf, np.inf]


def test_an_undefined_part_does_not_matter_where_the_others_decide():
    """Kleene: true or undefined is true, false and undefined is false, and only the rest is undefined."""
    body = "expect gap_in > 5 m or always time >= 0 s\nexpect gap_in > 5 m and always time > 0.1 s\n"
    first, second, third = run(NEVER + body + "expect gap_in > 5 m and always time >= 0 s")[0].verdicts
    assert (first.holds, first.robustness) == (True, 0.0)
    assert (second.holds, second.robustness) == (False, -0.1)
    assert (third.holds, bool(np.isnan(third.robustness))) == (False, True)


def test_undefined_conditions_start_and_stop_nothing():
    """``not (late.started < 1 s)`` is undefined until ``late`` starts: no stop, no reaction."""
    trace = run(NEVER + "stop when not (late.started < 1 s)\nwhen not (late.started < 1 s):\n    soon: ego.stop()")[0]
    assert trace.stop_reason.startswith("stop after")
    assert trace.time_of("soon.started") is None


def test_arguments_that_are_no_number_are_named():
    """0 / 0 as a speed would poison every state: the line, the argument and the variant are named instead. What is
    known before the run is rejected by the sampler."""
    with pytest.raises(ProgramError, match=r"line 9: 'speed' of 'drive' is no number in variant 0"):
        run(EGO + "param q ~ 1..2\ndo:\n    ego.drive(speed = ego.speed * (q - q) / (q - q))\nstop after 1 s")
    with pytest.raises(ProgramError, match=r"line 8: 'speed' of 'drive' is -[0-9]+ m/s in variant 0; it must lie b"):
        run(EGO + "do:\n    ego.drive(speed = ego.speed - 50 m/s)\nstop after 1 s")
    with pytest.raises(BudgetError, match=r"'speed' is within its bounds  \(line 9\)"):
        run(EGO + "param q ~ 1..2\ndo:\n    ego.drive(speed = 1 m/s * (q - q) / (q - q))\nstop after 1 s")
    with pytest.raises(ProgramError, match="line 8: 'ego' cannot change into a lane beyond the edge of the road"):
        run(EGO + "do:\n    ego.change_lane(to = lane_beside(ego, right))\nstop after 1 s")
