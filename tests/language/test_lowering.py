from __future__ import annotations

import math

import pytest

from simengine.language import check_text
from simengine.language.program import (
    Act,
    Always,
    And,
    Atom,
    Block,
    Choice,
    Cover,
    Eventually,
    Family,
    Not,
    Or,
    Program,
    Range,
    Wait,
)
from simengine.language.terms import Call, Const, EntityRef, Op, Ref, SensorRef, Vector
from simengine.language.walk import parts, uses_state
from tests.language.programs import BASE, LIBRARIES, changed, check, codes, program
from tests.sketched import SKETCH

KMH = 1 / 3.6


@pytest.fixture(scope="module")
def base() -> Program:
    return check(BASE).programs[0]


def test_definitions_hold_what_the_text_says(base: Program):
    """SI values by hand: 20..60 km/h in steps of 10; -6 degrees; 16 mm/h = 16e-3 / 3600 m/s."""
    speed = base.definitions["ego.speed"].binding
    assert isinstance(speed, Range) and isinstance(speed.step, Const)
    assert speed.step.value == pytest.approx(10 * KMH)
    assert base.supports["ego.speed"] == pytest.approx((20 * KMH, 60 * KMH))
    assert base.supports["world.sun.elevation"] == pytest.approx((math.radians(-6), math.radians(3)))
    assert base.supports["world.rain"] == pytest.approx((16e-3 / 3600, 60e-3 / 3600))
    kid = base.definitions["kid.speed"].binding
    assert isinstance(kid, Family) and kid.name == "normal" and kid.within is not None
    assert base.supports["kid.speed"] == (1.4, 4.0)
    assert base.definitions["gap"].doc == "time to conflict point"


def test_words_become_constants_of_their_enumeration(base: Program):
    """``parking = right`` takes the property's words, ``{child_6y, ...}`` the models, ``yes`` a condition."""
    parking = base.definitions["world.parking"].binding
    assert isinstance(parking, Const) and parking.value == "right"
    assert base.enum_words("world.parking") == ("none", "left", "right", "both")
    model = base.definitions["kid.model"].binding
    assert isinstance(model, Choice) and [v.value for v in model.values] == ["child_6y", "child_9y"]
    assert base.enum_words("kid.model") == ("child_6y", "child_9y", "adult")
    lit = base.definitions["world.lamps.lit"].binding
    assert isinstance(lit, Choice) and [v.value for v in lit.values] == [True, False] and lit.weights == (0.7, 0.3)


def test_defaults_are_definitions(base: Program):
    """What the text leaves out has its default: a controller's arguments, a sensor's, a vehicle's."""
    for path, value in (("ego.lateral", 0.0), ("roof.range_min", 0.5), ("front.distortion.k1", 0.0)):
        binding = base.definitions[path].binding
        assert isinstance(binding, Const) and binding.value == value
    assert "roof.mount" not in base.definitions  # no default: the carrier decides
    assert base.definitions["ego.controller.reaction"].drawn
    assert next(e for e in base.entities if e.name == "ego").controllers == ("aeb",)
    assert isinstance(base.definitions["front.mount"].binding, Vector)


def test_arrays(base: Program):
    """``parked[~ 3..7]`` draws whole numbers, and each element has values of its own."""
    parked = next(e for e in base.entities if e.name == "parked")
    assert parked.count == "parked.count" and parked.count_max == 7
    count = base.definitions["parked.count"]
    assert count.type.kind == "int" and isinstance(count.binding, Range) and isinstance(count.binding.step, Const)
    assert base.definitions["parked.model"].array == base.definitions["parked.@by"].array == "parked"
    assert base.definitions["ego.model"].array is None


def test_placement_clauses(base: Program):
    """Two clauses for the car, one with an offset for the row, one with two elements for the child."""
    ego, parked, kid = base.entities
    assert [c.kind for c in ego.clauses] == ["on", "at"]
    lane = ego.clauses[0].place
    assert isinstance(lane, Call) and lane.function == "lane" and not lane.state
    assert parked.clauses[0].kind == "along" and parked.clauses[0].by == "parked.@by"
    between = kid.clauses[0]
    assert isinstance(between.place, EntityRef) and isinstance(between.second, EntityRef)
    assert isinstance(between.second.index, Const) and between.second.index.value == 2.0


def test_timeline(base: Program):
    """Nodes are numbered as they are read; the drawn branch and durations are definitions."""
    wait, dart, one_of = base.timeline
    assert isinstance(wait, Wait) and wait.node == 1 and wait.until is not None and uses_state(wait.until)
    assert isinstance(dart, Act) and (dart.label, dart.action, list(dart.args)) == ("dart", "run", ["across", "speed"])
    assert isinstance(one_of, Block) and one_of.choice == "timeline.3.case"
    freeze = one_of.cases[1].body[0]
    assert isinstance(freeze, Act) and freeze.duration == "timeline.5.for"
    assert base.supports["timeline.5.for"] == (0.5, 1.5)
    choice = base.definitions["timeline.3.case"].binding
    assert isinstance(choice, Choice) and choice.weights == (0.8, 0.2)


def test_what_is_initial_and_what_is_running(base: Program):
    """In a condition ``ego.speed`` is the current speed; in ``require`` and ``cover`` the drawn one.

    A person's own pace in its own action is the declared one: it stands still when the action starts.
    """
    dart = base.timeline[1]
    assert isinstance(dart, Act)
    pace = dart.args["speed"]
    assert isinstance(pace, Ref) and pace.path == "kid.speed" and not pace.state
    assert not any(uses_state(r.expr) for r in base.requires)
    stop = program("car ego on lane(1) at s(1 m)", "stop when ego.speed > 3 m/s").stop_when[0].expr
    assert [(p.path, p.state) for p in parts(stop) if isinstance(p, Ref)] == [("ego.speed", True)]


def test_requires_know_whether_they_need_positions(base: Program):
    """Cheap arithmetic is tested before geometry; the text of the constraint is kept for tables."""
    sees, product = base.requires
    assert (sees.geometric, sees.message, sees.text) == (True, "child must start hidden", "not ego.sees(kid)")
    assert (product.geometric, product.text) == (False, "ego.speed * gap > 9 m")


def test_monitors(base: Program):
    """``eventually within 8 s visible(kid, front) > 30 %``."""
    ensure, expect = base.monitors
    formula = ensure.formula
    assert isinstance(formula, Eventually) and formula.bound == "within" and isinstance(formula.item, Atom)
    assert isinstance(formula.duration, Const) and formula.duration.value == 8.0
    atom = formula.item.expr
    assert isinstance(atom, Op) and isinstance(atom.args[1], Const) and atom.args[1].value == pytest.approx(0.3)
    call = atom.args[0]
    assert isinstance(call, Call) and call.state and isinstance(call.args["sensor"], SensorRef)
    assert isinstance(expect.formula, Always)


def test_boolean_structure_of_monitors():
    """``a or always not b and c`` is Or(a, And(Always(Not b), c)): not and always bind tightest."""
    made = program(
        "car a on lane(1) at s(1 m)", "car b on lane(1) at s(50 m)",
        "expect a.speed > 1 m/s or always not collision(a, b) and b.speed < 9 m/s",
    )  # fmt: skip
    top = made.monitors[0].formula
    assert isinstance(top, Or) and isinstance(top.items[1], And)
    always = top.items[1].items[0]
    assert isinstance(always, Always) and isinstance(always.item, Not)


def test_coverage(base: Program):
    """Bins in SI; edges of rain from mm/h; a cross of three items, two at a time."""
    covers = {c.name: c for c in base.covers}
    assert covers["ego.speed"].width == pytest.approx(10 * KMH)
    assert covers["kid.speed"].over == (1.4, 4.0)
    assert covers["rain_class"].edges == pytest.approx([x / 3.6e6 for x in (0, 2.5, 7.6, 50, 150)])
    event = covers["first_seen"].event
    assert event is not None and (event.phase, event.edge) == ("dart", "started")
    assert (base.crosses[0].names, base.crosses[0].ways) == (("ego.speed", "kid.speed", "rain_class"), 2)


def test_cross_makes_bins_of_steps_and_words():
    """A stepped value has one bin a value: edges half a step around -3, -1.5, 0, 1.5, 3."""
    made = program("param a ~ -3..3 m/s2 step 1.5 m/s2", "param side ~ {left, right}", "cross a, side")
    a, side = made.covers
    assert isinstance(a, Cover) and a.edges == pytest.approx([-3.75, -2.25, -0.75, 0.75, 2.25, 3.75])
    assert side.words == ("left", "right")


def test_joint_tables():
    """Two values drawn together: one variable, two components by index."""
    made = program("param ve, vt: speed ~ {(30 km/h, 20 km/h), (90 km/h, 30 km/h)}", "cross ve, vt")
    table = made.definitions["ve,vt"]
    assert table.drawn and table.components == ("ve", "vt")
    part = made.definitions["vt"].binding
    assert isinstance(part, Ref) and isinstance(part.index, Const) and part.index.value == 1.0
    assert made.supports["ve"] == pytest.approx((30 * KMH, 90 * KMH))
    assert made.supports["vt"] == pytest.approx((20 * KMH, 30 * KMH))


def test_sizes_follow_from_the_model():
    """Widths of the table: 1.8, 1.9, 2.0 m; the expression picks by the drawn model."""
    made = program("car ego on lane(1) at s(1 m):", "    model ~ {sedan, van}", "let w = ego.width", "cover w by 1 m")
    assert made.supports["ego.width"] == (1.8, 2.0)
    assert isinstance(made.definitions["ego.width"].binding, Op)
    fixed = program("car ego on lane(1) at s(1 m)", "let w = ego.width", "cover w bins [1, 2] m")
    assert fixed.supports["w"] == (1.8, 1.8)


def test_choose_joins_its_cases():
    """``none`` leaves the default 0, ``wet`` draws 0.2..1: together 0..1, and the choice is a definition."""
    made = program(
        "crate box on lane(1) at s(1 m)", "choose trouble:", "    case 6 none:", "        box.mass = 2 kg",
        "    case 1 wet:", "        box.wet ~ 0.2..1", "cover trouble",
    )  # fmt: skip
    assert made.supports["box.wet"] == (0.0, 1.0) and made.supports["box.mass"] == (1.0, 2.0)
    assert made.definitions["trouble.wet.box.wet"].active == ("trouble", "wet")
    choice = made.definitions["trouble"].binding
    assert isinstance(choice, Choice) and choice.weights == (6.0, 1.0)
    order = list(made.definitions)
    assert order.index("trouble.wet.box.wet") < order.index("box.wet")


def test_definitions_come_after_what_they_need():
    """Whatever the order of the text, each definition's references stand before it."""
    made = program("let c = b + a", "let b = 2 * a", "param a ~ 1..2", "cover c by 1")
    order = list(made.definitions)
    for at, definition in enumerate(made.definitions.values()):
        expr = definition.binding
        if not isinstance(expr, Range | Choice | Family):
            assert all(order.index(p.path) < at for p in parts(expr) if isinstance(p, Ref))
    assert made.supports["c"] == (3.0, 6.0)


def test_words_of_another_enumeration_are_translated():
    """Codes are positions, so ``{right, left}`` passed for ``left, right`` is mapped word by word."""
    made = program(
        "param side ~ {right, left}", "car ego on lane(1) at s(1 m)", "car other on lane_beside(ego, side) at s(9 m)",
    )  # fmt: skip
    place = made.entities[1].clauses[0].place
    assert isinstance(place, Call) and isinstance(place.args["side"], Op) and place.args["side"].op == "if"
    assert place.args["side"].type.choices == ("left", "right")


def test_extends_takes_over_and_overrides():
    """The second scenario has the first one's car, another speed, another parameter and its own timeline."""
    text = (
        "use town\nscenario a:\n    world street(lanes = 2)\n    param v = 3 m/s\n"
        "    car ego on lane(1) at s(1 m):\n        speed = v\n    do:\n        wait 1 s\n"
        'scenario b extends a "more":\n    override v = 5 m/s\n    override ego.speed = 2 * v\n'
        "    do:\n        ego.stop()\n        wait 2 s\n"
    )
    first, second = check(text).programs
    assert first.supports["ego.speed"] == (3.0, 3.0) and second.supports["ego.speed"] == (10.0, 10.0)
    assert len(first.timeline) == 1 and len(second.timeline) == 2 and second.title == "more"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("scenario a extends b:\n    let x = 1\nscenario b extends a:\n    let y = 1\n", "E0206"),
        ("scenario a extends zz:\n    let x = 1\n", "E0201"),
        ("scenario a:\n    param x = 1\n    override x = 2\n", "E0215"),
        ("scenario a:\n    param x = 1\nscenario b extends a:\n    override y = 2\n", "E0201"),
        ("scenario a(x):\n    let y = x\n", "E0205"),
    ],
)
def test_mistakes_of_extension(text: str, code: str):
    """Rings, unknown scenarios and overrides of nothing."""
    assert code in [d.code for d in check(text).diagnostics]


def test_parameters_of_a_scenario_are_definitions():
    """``scenario a(v: speed = 10 km/h)``: the default is the value."""
    made = check("use town\nscenario a(v: speed = 36 km/h):\n    cover v bins [0, 99] m/s\n").programs[0]
    assert made.supports["v"] == pytest.approx((10.0, 10.0))


def test_what_checks_and_does_not_run_is_listed_with_its_line():
    """One line each, and nothing for what runs."""
    both = LIBRARIES | {"sketch": SKETCH}
    text = "use town\nuse sketch\nscenario t:\n    world street(lanes = 2)\n    ferry a at (30 m, 9 m)\n"
    made = check_text(text, "t.scn", libraries=both).programs[0]
    assert [str(item) for item in made.not_yet] == ["line 5: entities of type 'ferry' of the library 'sketch'"]
    assert check(BASE).programs[0].not_yet == ()


def test_an_event_is_a_condition_and_a_time():
    """``wait until a.ended`` and ``time - a.started``: before it happens the time is nan and every comparison false."""
    made = program(
        "car ego on lane(1) at s(1 m)", "do:", "    a: ego.stop()", "    wait until a.ended",
        "    wait until time - a.started > 2 s",
    )  # fmt: skip
    until = made.timeline[1]
    assert isinstance(until, Wait) and isinstance(until.until, Op) and until.until.op == ">="


def test_programs_are_equal_for_equal_texts():
    """No dependence on hashing: the order of definitions is that of the text and its needs."""
    assert check(BASE).programs == check(BASE).programs


@pytest.mark.parametrize(
    "line",
    [
        "let a = 3 m + 2",
        "let a = 3 m < 2 s",
        "require 3 m",
        "let a = sqrt(2 m)",
        "let a = sin(2)",
        "let a = min(1 m, 1 s)",
        "param a: speed ~ 1..2 m",
        "param a: speed ~ beta(1, 2)",
        "let a = 1 if 3 else 2",
        "let a = not 3",
        "let a = -yes",
        "let a = (1 m, 2 s)",
        "let a = 3 in road",
        "param a ~ {1 m, 2 s}",
        "param a ~ normal(1 m, 2 s)",
    ],
)
def test_wrong_types_and_units(line: str):
    """Each mixes dimensions or kinds; E0203 is of units, E0204 of kinds."""
    assert codes(line)[0] in ("E0203", "E0204")


def test_a_draw_of_a_bounded_property_stays_within_its_bounds():
    """Tails are cut at the bounds of the property (a mass of 0.001 to 50 kg)."""
    made = program("crate box on lane(1) at s(1 m):", "    mass ~ lognormal(0.3 kg, 0.5)")
    assert made.supports["box.mass"] == (0.001, 50.0)


def test_a_controller_without_arguments_needs_no_brackets():
    """``controller = none`` is no controller."""
    made = program("car ego on lane(1) at s(1 m):", "    controller = none")
    assert made.entities[0].controllers == ()
    assert program("car ego on lane(1) at s(1 m):", "    controller = alks").entities[0].controllers == ("alks",)


def test_drawn_arguments_of_actions_are_definitions():
    """``rate ~ 1..3 m/s2`` of an action is drawn before the run."""
    made = program("car ego on lane(1) at s(1 m)", "do:", "    ego.change_speed(to = 5 m/s, rate ~ 1..3 m/s2)")
    act = made.timeline[0]
    assert isinstance(act, Act) and isinstance(act.args["rate"], Ref) and act.args["rate"].path == "timeline.1.rate"
    assert made.supports["timeline.1.rate"] == (1.0, 3.0)


def test_misspelt_enum_is_not_taken_for_another_name():
    """A declared name with the same spelling as an enum word never shadows the word where the word is asked for."""
    made = check(changed("    param gap", "    let right = 3\n    require right > 2\n    param gap")).programs[0]
    parking = made.definitions["world.parking"].binding
    assert isinstance(parking, Const) and parking.value == "right"
