"""The third door: a program built in Python is the program of its text, and nothing given to it becomes a statement."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simengine.build import (
    Builder,
    Expr,
    ahead_of,
    all_of,
    along,
    always,
    any_of,
    at,
    beta,
    between,
    choice,
    count_of,
    eventually,
    facing,
    histogram,
    left_of,
    lognormal,
    member,
    normal,
    on,
    poisson,
    quantity,
    triangular,
    uniform,
    when_else,
    words,
)
from simengine.engine.catalogue import scenario_files
from simengine.engine.loading import load
from simengine.errors import ProgramError, UsageError
from simengine.language.exchange import json_of_text, text_of_json
from simengine.language.reading import bare, read
from simengine.language.sample import Sampler


def child_dart_out() -> Builder:
    """The library's scenario, by hand, mostly with typed helpers."""
    s = Builder("child_dart_out", "Child runs out between parked cars, dusk, heavy rain", use=["driving"])
    s.tags("nhtsa.12", "ncap.CPNCO", "sotif.occlusion", "odd.urban")
    s.cite("Euro NCAP Crash Avoidance Frontal Collisions v1.1, CPNCO")
    s.world(
        "street", lanes=2, lane_width=uniform(3, 3.5, "m"), parking="right", length="200 m",
        block={
            "sun.elevation": uniform(-6, 3, "deg"), "rain": uniform(16, 60, "mm/h"),
            "lamps.lit": choice({"yes": 0.7, "no": 0.3}),
        },
    )  # fmt: skip
    ego = s.add(
        "car", "ego", on(words.lane(1)), at(words.s("20 m")),
        speed=uniform(20, 60, "km/h", step=10), controller=words.aeb(reaction=uniform(0.2, 0.6, "s")),
    )  # fmt: skip
    parked = s.add(
        "car", "parked", along("curb(right)", by=uniform(0.8, 2.5, "m")), count=uniform(3, 7),
        model=choice({"sedan": 4, "suv": 3, "van": 2}),
    )  # fmt: skip
    kid = s.add(
        "pedestrian", "kid", between(parked[1], parked[2]), model=choice(["child_6y", "child_9y"]),
        speed=normal(2.6, 0.5, "m/s").within(1.4, 4, "m/s"),
    )  # fmt: skip
    doc = "time to conflict point when the child starts"
    gap = s.param("gap", uniform(1.2, 3, "s"), kind="time", doc=doc)
    s.require(~ego.sees(kid), "child must start hidden")
    s.require(ego.speed * gap > quantity(6, "m"))
    do = s.do()
    do.wait(until=ego.time_to(kid.crossing) < gap)
    dart = do.act(kid.run(across="road", speed=kid.speed), name="dart")
    either = do.one_of()
    either.case(0.8).act(kid.run(to="far_curb"))
    either.case(0.2).act(kid.freeze(), time=uniform(0.5, 1.5, "s"))
    s.stop(when=ego.passed(kid) | words.collision(ego, kid), after="12 s")
    s.ensure(eventually(words.visible(kid, "front") > "30 %", within="8 s"))
    s.expect(always(words.distance(ego, kid) > "0.3 m"))
    front = s.sensor(
        "front", ego, "camera", size=(1280, 720), fov="60 deg", mount=("1.6 m", "0 m", "1.4 m"),
        block={"exposure": "auto", "lens.droplets": uniform(0, 0.3)},
    )  # fmt: skip
    roof = s.sensor("roof", ego, "lidar", channels=64, range="120 m")
    s.record(front, "rgb", "depth", "semantic", "instance", "box2d", "box3d", rate="10 hz")
    s.record(roof, "points", "intensity", rate="10 hz")
    s.cover(ego.speed, by="10 km/h")
    s.cover(kid.speed, by="0.5 m/s", over="1.4 m/s..4.0 m/s")
    rain_class = s.cover("rain", name="rain_class", bins=[0, 2.5, 7.6, 50, 150], unit="mm/h")
    s.cover(words.visible(kid, front), name="first_seen", at=dart.started, by="20 %")
    s.cross(ego.speed, kid.speed, rain_class, ways=2)
    return s


def alks_cut_in() -> Builder:
    """The library's scenario, by hand, mostly with strings."""
    s = Builder("alks_cut_in", "UN R157 Annex 5 4.4: cut-in", use=["driving"])
    s.tags("unr157.4.4", "nhtsa.18", "iso34502.cut_in")
    s.cite("UN Regulation No. 157, Annex 5, 4.4")
    ve0 = s.param("ve0", "20..60 km/h step 10 km/h", kind="speed")
    dv = s.param("dv", "~ -50..-10 km/h step 10 km/h", kind="speed")
    dx0 = s.param("dx0", "0..60 m step 10 m", kind="length")
    vy = s.param("vy", "0.5..3.0 m/s step 0.5 m/s", kind="speed")
    accel = s.param("accel", "-3..3 m/s2 step 1.5 m/s2", kind="acceleration")
    side = s.param("side", "{left, right}")
    s.require(ve0 + dv > "0 km/h")
    s.require(vy < ve0 + dv)
    lead_time = s.let("lead_time", "10 s")
    s.world("highway", lanes=3, length="2 km")
    ego = s.add("car", "ego", on("lane(2)"), at("s(5 m)"), speed=ve0, controller="alks()")
    other = s.add(
        "car", "other", on(words.lane_beside(ego, side)), ahead_of(ego, by=dx0 - dv * lead_time),
        model="{car, truck, van, bus, motorbike}", speed=ve0 + dv,
    )  # fmt: skip
    do = s.do()
    do.wait(until=ego.gap(other) < dx0)
    cut = do.parallel(name="cut")
    cut.act(other.change_lane(to=ego.lane, lateral_speed=vy, shape="sinusoidal"))
    cut.act(other.change_speed(to="40 km/h", rate=accel))
    do.wait("10 s")
    avoidable_ttc = s.let("avoidable_ttc", -dv / (2 * quantity(6, "m/s2")) + "0.35 s")
    ttc_in = s.cover(ego.ttc(other), name="ttc_in", at=cut.phase.started, by="0.5 s")
    s.expect((ttc_in <= avoidable_ttc) | always(~words.collision(ego, other)))
    front = s.sensor("front", ego, "camera", size=(1920, 1080), fov="50 deg")
    s.record(front, "rgb", "depth", "box3d", rate="20 hz")
    s.cover(ve0, by="10 km/h")
    s.cover(dv, by="10 km/h")
    s.cross(ve0, dv, dx0, vy, ways=3)
    return s


@pytest.mark.parametrize("make", [child_dart_out, alks_cut_in])
def test_the_same_draw_from_each_door_is_the_same_bytes(make: Callable[[], Builder], tmp_path: Path):
    """The library's text, its JSON form and the builder give one canonical text, so one program and one draw."""
    built = make()
    (file,) = [f for f in scenario_files() if f.name == built.name]
    assert built.text() == text_of_json(json_of_text(file.source))
    assert built.json() == json_of_text(file.source)
    (tmp_path / "a.scn").write_text(built.text(), encoding="utf-8")
    (tmp_path / "a.json").write_text(built.json(), encoding="utf-8")
    programs = [built.program(), load(tmp_path / "a.scn"), load(tmp_path / "a.json")]
    drawn = [Sampler(p, 3, "random").draw([0, 5]).scenario(1).to_json() for p in programs]
    assert drawn[0] == drawn[1] == drawn[2]


def every_statement() -> Builder:
    """One with the statements and expressions that the two above do not have."""
    base = Builder("base", "A base")
    base.world("street", lanes=2, parking="right", length="150 m")
    base.add("car", "ego", on("lane(1)"), at("s(10 m)"), speed=uniform("20 km/h", "40 km/h"), controller="aeb()")
    s = Builder("variation", "Of it", extends=base)
    ego = words.ego
    s.override("ego.speed", choice([5, 10], "m/s"))
    a, b = s.params(("a", "b"), choice([("1 m", "2 m"), ("3 m", "1 m")]), kind="length")
    numbers = [
        s.param(f"x{k}", d)
        for k, d in enumerate([
            lognormal(10, 0.3, "m").within(1, 50, "m"), beta(2, 5), triangular(1, 2, 5, "m"),
            poisson(4).within(0, 10), histogram([0, 1, 2], [3, 1], "m"), uniform(1, 6),
        ])
    ]  # fmt: skip
    s.let("longest", when_else((a > b) & (numbers[1] < 0.5), a, b))
    parked = s.add("car", "parked", along("curb(right)"), at("s(40 m)"), count=2)
    kids = s.add("pedestrian", "kids", ahead_of(parked[2], by="1 m"), facing("ego"), count=2)
    beside = s.add("car", "beside", left_of(ego, by="1 m"))
    p, block = s.each("p", parked)
    block.set(p.colour, choice(["red", "blue"]))
    s.set(beside.speed, "1.5 m/s")
    wet = s.choose("weather")
    wet.case("dry", 2, {"rain": "0 mm/h"})
    wet.case("wet", 1).set("rain", "5..10 mm/h")
    s.require(all_of("q", parked, lambda q: words.distance(q, ego) > "1 m"))
    s.require(member(ego.speed, "1..20 m/s"))
    do = s.do()
    do.serial(name="first", until=ego.standstill).wait(uniform(0.5, 1, "s"))
    do.repeat(2).act(kids[1].walk(to="far_curb"), until=ego.standstill, time="1 s")
    do.set(ego.speed, "5 m/s")
    s.when(ego.standstill, holds="1 s").act(kids[2].walk(to=("60 m", "-3.5 m")))
    s.stop(after="8 s")
    s.ensure(any_of("q", kids, lambda q: words.distance(q, ego) < "100 m"), "somebody")
    s.expect(always(~words.collision(ego, kids[1]), during="first"))
    s.expect(~eventually(ego.speed > "30 m/s", after="1 s"))
    front = s.sensor("front", ego, "camera", size=(640, 480))
    s.record(front, "rgb", "box2d", during="first")
    s.label(kids, "class")
    s.cover(count_of("q", kids, lambda q: q.standstill), name="still_ones", by=1, over="0..2")
    return s


def test_what_is_built_prints_and_reads_back():
    """Every kind of statement: the printed text is checked without an error, and has the builder's tree."""
    s = every_statement()
    assert bare(read(s.text()).statements) == bare(s.statements())
    program = s.program()
    assert program.name == "variation" and text_of_json(s.json()) == s.text()
    assert Sampler(program, 1, "random").draw([0]).scenario(0).values


def test_operators_are_those_of_the_text():
    """Python's precedence gives the tree that the reader makes of the same words."""
    a, b = words.a, words.b
    pairs: list[tuple[Expr, str]] = [
        (a + b - 2 * a / b, "a + b - 2 * a / b"),
        (a - (b - 1), "a - (b - 1)"),
        (1 - a, "1 - a"),
        (-a * b, "-a * b"),
        (~((a > 1) & (b < 2)) | (a == b), "not (a > 1 and b < 2) or a == b"),
        ((a > 1) & (b < 2) & (a != b), "a > 1 and b < 2 and a != b"),
        (words.f(a, (1, "2 m"), to=b[1].c)["a + 1"], "f(a, (1, 2 m), to = b[1].c)[a + 1]"),
        ("1 m" + a, "1 m + a"),
    ]
    for built, text in pairs:
        one, other = Builder("s"), Builder("s")
        one.let("x", built)
        other.let("x", text)
        assert bare(one.statements()) == bare(other.statements()), text
        assert repr(built) == f"Expr({text!r})"


_HOSTILE = st.one_of(
    st.text(max_size=30),
    st.sampled_from([
        "1\n    require 1 > 2",
        '1 "doc"', '"\n    cite "x', "1\r    cite", "1 # comment", "x:\n", "a, b", "1:", "~", "",
        "= 1", "~ ~ 1", "1 m)", "(1", "1 until x", 'a" require "b', "require", "x\u2028y", "\0", "1; 2",
    ]),
)  # fmt: skip


@settings(max_examples=40, deadline=None, derandomize=True)
@given(_HOSTILE)
def test_no_string_becomes_a_statement(text: str):
    """Wherever a string goes, the printed program has the statements that were made and no other, or it is refused."""

    def attempt(step: Callable[[Builder], Any], statements: int) -> None:
        s = Builder("s")
        try:
            step(s)
            printed = s.text()
        except UsageError as error:
            assert str(error)
            return
        _, scenario = read(printed).statements
        assert len(scenario.body) == statements and all(not b.body for b in scenario.body)

    attempt(lambda s: s.param("x", text), 1)
    attempt(lambda s: s.param(text, 1), 1)
    attempt(lambda s: s.param("x", 1, doc=text), 1)
    attempt(lambda s: s.require(text, text), 1)
    attempt(lambda s: s.cite(text), 1)
    attempt(lambda s: s.tags("a", text), 1)
    attempt(lambda s: s.add("car", text), 1)
    attempt(lambda s: s.set(text, 1), 1)
    attempt(lambda s: s.record("front", text), 1)
    attempt(lambda s: s.param("x", uniform(1, 2, text)), 1)
    attempt(lambda s: s.require(getattr(words, text)), 1)


@pytest.mark.parametrize(
    ("step", "told"),
    [
        (lambda s: bool(words.a < 1), "& | ~"),
        (lambda s: list(words.a), "each"),
        (lambda s: s.param("x", float("nan")), "finite"),
        (lambda s: s.param("x", 10**400), "finite"),
        (lambda s: s.param("a b", 1), "expected a name"),
        (lambda s: s.param("x", object()), "expected an expression"),
        (lambda s: s.require(uniform(1, 2)), "a draw cannot stand here"),
        (lambda s: s.param("x", "1 +"), "in '1 \\+'"),
        (lambda s: s.do().wait(), "either a time or 'until'"),
        (lambda s: s.do().serial().phase, "only with a name"),
        (lambda s: s.stop(), "'when', 'after' or both"),
        (lambda s: always("a", within="1 s", after="1 s"), "one window"),
        (lambda s: choice([]), "at least one"),
        (lambda s: s.let("do", 1), "is no program"),
    ],
)  # fmt: skip
def test_a_mistake_in_the_use_of_the_builder_is_one_clear_error(step: Callable[[Builder], Any], told: str):
    """No traceback from inside: what was expected, what was found."""
    s = Builder("s")
    with pytest.raises(UsageError, match=told):
        step(s)
        s.text()


def test_a_mistake_in_the_scenario_is_a_diagnostic_on_the_printed_text():
    """The same codes, places and help as for a file."""
    s = Builder("s")
    s.world("street", lanes=2)
    s.add("car", "ego", on("lane(1)"), speeed="20 km/h")
    with pytest.raises(ProgramError) as raised:
        s.program()
    assert "<s>:6:9" in str(raised.value) and "did you mean 'speed'" in str(raised.value)


def test_deep_nesting_is_an_error_and_not_a_crash():
    """Ten thousand negations are refused."""
    x = words.x
    for _ in range(10_000):
        x = -x
    s = Builder("s")
    s.let("y", x)
    with pytest.raises(UsageError, match="nested"):
        s.text()


def test_the_package_imports_nothing_before_it_is_used():
    """``import simengine`` stays light; ``simengine.build`` is there when asked for."""
    code = "import simengine, sys; a = 'numpy' in sys.modules; simengine.build.Builder; print(a, 'simengine.build' in sys.modules)"  # noqa: E501
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.split() == ["False", "True"]


def test_a_scenario_from_python_extends_an_installed_one():
    """The head is that of the text: a parameter with its type, the installed name, values and draws for its inputs."""
    s = Builder("night", "Darker", extends="edge.child_dart_out", given={"gap": "~ 1.5..2 s"}, use=[])
    level = s.param("level", "-18..-6 deg", kind="angle", head=True)
    s.override("sun.elevation", level)
    assert s.text().startswith(
        'scenario night(level: angle ~ -18 deg..-6 deg) extends edge.child_dart_out(gap ~ 1.5 s..2 s) "Darker":\n'
    )
    program = s.program()
    assert program.uses == ("driving",) and set(program.parents) == {"edge.child_dart_out"}
    assert program.supports["gap"] == (1.5, 2.0)
    assert bare(read(text_of_json(s.json(), "s.json")).statements) == bare(s.statements())
    mine, theirs = (Sampler(p, 1).draw([0, 5]).u for p in (program, load("child_dart_out")))
    kept = set(theirs) - {"world.sun.elevation", "gap"}  # what follows its own distribution
    assert all(mine[path].tobytes() == theirs[path].tobytes() for path in kept & {"world.rain", "parked.count"})


def test_parameters_of_the_head_have_a_type_and_a_base_its_values():
    """What the text could not say is refused with what to do."""
    s = Builder("s")
    s.tags("x")
    s.param("one", 1, kind="int", head=True)
    s.param("two", "2 m", kind="length", head=True)
    assert "scenario s(one: int = 1, two: length = 2 m):" in s.text()
    with pytest.raises(UsageError, match="kind='length'"):
        s.param("three", "3 m", head=True)
    with pytest.raises(UsageError, match="name it"):
        Builder("t", given={"one": 2})
    t = Builder("t", extends=s, given={"one": 3})
    assert "scenario t extends s(one = 3)" in t.text()


def test_numbers_of_numpy_are_numbers():
    """What comes out of an array is as good as what was typed: the same text."""
    made: list[str] = []
    for whole, real, small in ((2, 9.5, 0.5), (np.int64(2), np.float64(9.5), np.float32(0.5))):
        s = Builder("t", "", use=["driving"])
        s.world("street", lanes=whole)
        s.add("car", "ego", on("lane(1)"), speed=uniform(whole, real, "m/s", step=small))
        s.stop(after="1 s")
        made.append(s.text())
    assert made[0] == made[1]
