"""Sampling: a variant depends on (program, seed, plan, index) only; constraints condition exactly; budgets end."""

from __future__ import annotations

import itertools
import random
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simengine.arrays import Array, BoolArray, I64Array
from simengine.errors import BudgetError, NotRunnableError, UsageError
from simengine.language.bounds import Bounds
from simengine.language.plans import Proposals, RandomPlan
from simengine.language.program import Program
from simengine.language.proofs import prove
from simengine.language.rejection import PLACEABLE
from simengine.language.sample import Budget, Draws, Sampler
from simengine.language.shares import WHOLE
from simengine.language.terms import Call, Expr, SensorRef
from simengine.rng import uniforms
from simengine.world.library import BOOL, INT, ValueType, enum

from . import builder as b
from .builder import Maker, num, op, quantifier, ref

SEEDS = st.integers(0, 2**32)


def same(a: Draws, rows_a: list[int], c: Draws, rows_c: list[int]) -> None:
    """Values, numbers and attempts of some rows of two draws are equal to the last bit."""
    assert a.values.keys() == c.values.keys()
    for table_a, table_c in ((a.values, c.values), (a.u, c.u)):
        for path in table_a:
            x, y = np.ascontiguousarray(table_a[path][rows_a]), np.ascontiguousarray(table_c[path][rows_c])
            assert x.dtype == y.dtype and x.tobytes() == y.tobytes(), path
    assert a.attempts[rows_a].tolist() == c.attempts[rows_c].tolist()


def random_program(seed: int, extra: bool = False) -> Program:
    """A random program whose constraints leave something: the first such at or after this seed."""
    while True:
        program = any_program(seed, extra)
        try:
            Sampler(program, 0, budget=Budget(256, 1)).draw(range(4))
            return program
        except BudgetError:
            seed += 1


def any_program(seed: int, extra: bool) -> Program:
    """Laws of all kinds, some with parents, arrays, constraints."""
    r = random.Random(seed)
    m = Maker(f"random_{seed}")
    word = enum("red", "green", "blue")
    names: list[str] = []
    m.array("parked", b.span(1, r.randint(1, 4)), 4)
    for k in range(r.randint(1, 5)):
        name = f"v{k}"
        low = ref(r.choice(names)) if names and r.random() < 0.4 else num(r.uniform(-2, 2))
        kind = r.randrange(6)
        if kind == 0:
            m.let(name, b.span(low, op("+", low, num(r.uniform(0, 3)))))
        elif kind == 1:
            m.let(name, b.span(low, op("+", low, num(3)), r.choice([0.25, 0.1, 1.0])))
        elif kind == 2:
            m.let(name, b.family("normal", low, r.uniform(0.1, 2)))
        elif kind == 3:
            m.let(name, b.family("normal", low, 1.0, within=(op("-", low, num(1)), op("+", low, num(2)))))
        elif kind == 4:
            m.let(name, b.choice({1.0: 1, 2.0: 0, 3.5: 2.5}))
        else:
            m.let(name, op("*", low, num(2)))
        names.append(name)
    m.let("colour", b.choice({"red": 1, "green": 2, "blue": 0}, word), word)
    m.let(
        "parked.gap",
        b.span(0.1, op("+", num(1), op("if", op("<", ref(names[0]), num(0)), num(1), num(2)))),
        array="parked",
    )
    m.let("parked.twice", op("*", ref("parked.gap"), ref(names[-1])), array="parked")
    if extra:
        m.let("extra", b.span(0, 1))
        m.let("parked.extra", b.choice([1.0, 2.0]), array="parked")
    for _ in range(r.randint(0, 3)):
        x, y = ref(r.choice(names)), ref(r.choice(names))
        m.require(r.choice([
            op("<", x, op("+", y, num(1.0))), op("or", op(">", x, num(-1)), op("<", y, num(1))),
            quantifier("any", "p", "parked", op(">", ref("parked.gap", variable="p"), num(0.5))),
            op("!=", ref("colour", word), b.const("red", word)),
        ]))  # fmt: skip
    return m.program()


# ---- alone == batch ----------------------------------------------------------------------------------------------


@given(SEEDS, st.lists(st.integers(0, 10**6), min_size=1, max_size=12))
@settings(max_examples=50, deadline=None)
def test_alone_equals_batch(seed: int, indices: list[int]) -> None:
    """A variant drawn alone, in a batch, twice in a batch, or in another order has the same bytes."""
    program = random_program(seed)
    whole = Sampler(program, 5).draw(indices)
    shuffled = random.Random(seed).sample(range(len(indices)), len(indices))
    same(whole, shuffled, Sampler(program, 5).draw([indices[k] for k in shuffled]), list(range(len(indices))))
    for k in shuffled[:3]:
        same(whole, [k], Sampler(program, 5).draw([indices[k]]), [0])


@given(SEEDS, st.integers(0, 200_000))
@settings(max_examples=10, deadline=None)
def test_large_batches_equal_small_ones(seed: int, start: int) -> None:
    """Batches beyond the size of a round of proposals, across the blocks of counters: the same variants."""
    program = random_program(seed)
    whole = Sampler(program, 1).draw(range(start, start + 70_000))
    some = [0, 1, 65_535, 65_536, 69_999]
    same(whole, some, Sampler(program, 1).draw([start + k for k in some]), list(range(5)))


@given(SEEDS, st.integers(1, 40), st.integers(1, 9))
@settings(max_examples=40, deadline=None)
def test_the_size_of_a_round_changes_nothing(seed: int, proposals: int, rounds: int) -> None:
    """How many proposals are made ahead is speed only."""
    program = random_program(seed)
    usual = Sampler(program, 2).draw(range(30))
    small = Sampler(program, 2, budget=Budget(proposals, 100_000 // proposals * rounds)).draw(range(30))
    same(usual, list(range(30)), small, list(range(30)))


@given(SEEDS)
@settings(max_examples=60, deadline=None)
def test_adding_a_variable_changes_no_other(seed: int) -> None:
    """Streams are named, so two more variables (one of an array) leave all others as they were."""
    before, after = (Sampler(random_program(seed, extra), 3).draw(range(25)) for extra in (False, True))
    for path, value in before.values.items():
        assert value.tobytes() == after.values[path].tobytes(), path
    assert {"extra", "parked.extra"} <= after.values.keys()


@given(SEEDS)
@settings(max_examples=40, deadline=None)
def test_every_draw_meets_the_constraints(seed: int) -> None:
    """The accepted rows are accepted again when they are evaluated from their values."""
    program = random_program(seed)
    sampler = Sampler(program, 4)
    draws = sampler.draw(range(200))
    from simengine.language.drawn import Values
    from simengine.language.evaluate import evaluate

    values = Values(sampler.laws, 200)
    values.arrays.update(draws.values)
    for require in program.requires:
        assert evaluate(require.expr, values, 200).all()


def test_another_process_draws_the_same() -> None:
    """Hash randomisation and import order of another process leave no trace."""
    code = (
        "from tests.language.test_sample import random_program; from simengine.language.sample import Sampler;"
        "print(Sampler(random_program(11), 3).draw([17]).scenario(0).digest)"
    )
    here = Sampler(random_program(11), 3).draw(range(20)).scenario(17).digest
    for hash_seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True,
            env={"PYTHONHASHSEED": hash_seed, "PATH": "", "PYTHONPATH": "."},
        )  # fmt: skip
        assert done.stdout.strip() == here


def test_seeds_and_indices_matter() -> None:
    """Another seed or variant is another draw."""
    program = random_program(1)
    a, c = Sampler(program, 0).draw([0, 1]), Sampler(program, 1).draw([0])
    assert a.scenario(0).digest != a.scenario(1).digest != c.scenario(0).digest


def test_first_proposals_are_the_named_streams() -> None:
    """Without constraints u is exactly the stream named by the path, elements of arrays named one by one from 1."""
    m = Maker()
    m.array("parked", 2.0, 3)
    m.let("speed", b.span(0, 1))
    m.let("parked.gap", b.span(0, 1), array="parked")
    draws = Sampler(m.program(), 9).draw([4, 70_000])
    indices = np.array([4, 70_000])
    assert draws.values["speed"].tolist() == uniforms(9, "speed", indices).tolist()
    for k in range(3):
        assert draws.values["parked.gap"][:, k].tolist() == uniforms(9, f"parked[{k + 1}].gap", indices).tolist()


# ---- exactness ---------------------------------------------------------------------------------------------------


def test_accepted_draws_have_the_conditional_law() -> None:
    """x, y uniform on the unit square given x + y < 1: both marginals have density 2 (1 - x); z stays uniform.

    P(x < 1/4) = 1 - (3/4)^2 = 0.4375; with n = 20,000 three standard deviations are 0.0105.
    """
    m = Maker()
    x, y = m.let("x", b.span(0, 1)), m.let("y", b.span(0, 1))
    m.let("z", b.span(0, 1))
    m.require(op("<", op("+", x, y), num(1)))
    values = Sampler(m.program(), 0).draw(range(20_000)).values
    assert (values["x"] + values["y"] < 1).all()
    for name, want in (("x", 0.4375), ("y", 0.4375), ("z", 0.25)):
        assert abs((values[name] < 0.25).mean() - want) < 0.0105


def test_parents_are_conditioned_with_their_children() -> None:
    """p in {1, 2}, x uniform on [0, p], given x < 1: P(p = 1) = (1/2) / (1/2 + 1/4) = 2/3, not 1/2.

    It comes out only if a rejected x takes its parent with it. Three standard deviations at n = 20,000: 0.01.
    """
    m = Maker()
    p = m.let("p", b.choice([1.0, 2.0]))
    x = m.let("x", b.span(0, p))
    m.require(op("<", x, num(1)))
    values = Sampler(m.program(), 0).draw(range(20_000)).values
    assert abs((values["p"] == 1).mean() - 2 / 3) < 0.01


def test_independent_blocks_are_redrawn_apart() -> None:
    """Two constraints without a common variable make two blocks: their attempts differ, and add up."""
    m = Maker()
    a, c = m.let("a", b.span(0, 1)), m.let("c", b.span(0, 1))
    link = m.let("link", op("*", c, num(2)))
    m.require(op("<", op("*", a, a), num(0.01)))  # a product of one with itself: contraction cannot see a < 0.1
    m.require(op("<", op("*", link, link), num(0.04)))
    sampler = Sampler(m.program(), 0)
    assert [[v.path for v in block.variables] for block in sampler.blocks] == [["a"], ["c"]]
    one = Maker()
    one.let("a", b.span(0, 1))
    one.require(op("<", op("*", a, a), num(0.01)))
    both, alone = sampler.draw(range(50)), Sampler(one.program(), 0).draw(range(50))
    assert both.values["a"].tobytes() == alone.values["a"].tobytes()
    assert (both.attempts >= alone.attempts).all() and both.attempts.sum() > alone.attempts.sum()


def test_rare_acceptance_is_found_quickly_and_counted_right() -> None:
    """Acceptance 1/1000: attempts before success are geometric with mean 999 (20 variants: s.d. of the mean 223)."""
    m = Maker()
    x = m.let("x", b.span(0, 1))
    m.require(op("<", op("*", x, x), num(1e-6)), "x < 0.001")  # x < 0.001 itself would not reject
    draws = Sampler(m.program(), 0).draw(range(20))
    assert (draws.values["x"] < 0.001).all() and 330 < draws.attempts.mean() < 1700
    (tally,) = draws.tallies
    assert tally.checked == draws.attempts.sum() + 20 and tally.rejected == draws.attempts.sum()


def test_low_acceptance_is_a_warning_with_the_strictest_constraint() -> None:
    """Below one in a thousand, W0402 names the constraint and its share; above, silence."""
    m = Maker()
    x, y = m.let("x", b.span(0, 1)), m.let("y", b.span(0, 1))
    m.require(op("<", op("*", x, y), num(0.5)), "x * y < 0.5")
    assert Sampler(m.program(), 0).draw(range(20)).warnings == ()
    m.require(op("<", op("*", x, x), num(4e-8)), "x < 0.0002")
    (found,) = Sampler(m.program(), 0).draw(range(20)).warnings
    assert found.code == "W0402" and "'x < 0.0002' rejects 99.9" in found.message


@given(SEEDS)
@settings(max_examples=30, deadline=None)
def test_tallies_do_not_depend_on_the_batch(seed: int) -> None:
    """Proposals made ahead and not needed do not count: a batch's table is the sum of its variants' tables."""
    program = random_program(seed)
    whole = Sampler(program, 6).draw(range(12)).tallies
    parts = [Sampler(program, 6).draw([k]).tallies for k in range(12)]
    for k, tally in enumerate(whole):
        assert tally.checked == sum(p[k].checked for p in parts) and tally.rejected == sum(p[k].rejected for p in parts)


# ---- budgets -----------------------------------------------------------------------------------------------------


def test_impossible_constraints_end_with_a_table() -> None:
    """Each constraint can hold, both together cannot. The second is asked only about what meets the first (half of
    all), and none of that does; the strictest comes first."""
    m = Maker()
    x = m.let("x", b.span(0, 1))
    m.require(op("<", x, num(0.5)), "x < 0.5")
    m.require(op(">", x, num(0.9)), "x > 0.9")
    with pytest.raises(BudgetError) as error:
        Sampler(m.program(), 0, budget=Budget(4096, 2)).draw([3, 4])
    lines = str(error.value).splitlines()
    assert lines[0].startswith("variant 3: no draw of x meets all constraints")
    assert "x > 0.9  (line 2)" in lines[2] and "100.00 %" in lines[2] and "x < 0.5  (line 1)" in lines[3]
    checked = [int(line.split("%")[1].split()[0].replace(",", "")) for line in lines[2:4]]
    assert abs(checked[0] / checked[1] - 0.5) < 0.05  # 12,000 fair coins: 5 % is 10 standard deviations
    assert "widen" in lines[-1]


def test_the_budget_belongs_to_the_variant() -> None:
    """Whether a variant fails does not depend on its company: exactly those fail alone that make a batch fail."""
    m = Maker()
    x = m.let("x", b.span(0, 1))
    m.require(op("<", op("*", x, x), num(0.0025)))
    budget = Budget(10, 4)
    attempts = Sampler(m.program(), 0).draw(range(60)).attempts
    assert (attempts < 40).any() and (attempts >= 40).any()
    good = np.flatnonzero(attempts < 40)
    assert Sampler(m.program(), 0, budget=budget).draw(good).attempts.tolist() == attempts[good].tolist()
    for k in np.flatnonzero(attempts >= 40)[:3]:
        with pytest.raises(BudgetError, match=f"variant {k}:"):
            Sampler(m.program(), 0, budget=budget).draw([int(k)])
    with pytest.raises(BudgetError):
        Sampler(m.program(), 0, budget=budget).draw(range(60))


def test_constraints_on_constants() -> None:
    """Nothing is drawn in them: they hold and cost nothing, or fail at once."""
    m = Maker()
    x = m.let("x", 2.0)
    m.require(op("<", x, num(3)), "x < 3")
    assert Sampler(m.program(), 0).draw(range(3)).attempts.tolist() == [0, 0, 0]
    m.require(op("<", x, num(1)), "x < 1")
    with pytest.raises(BudgetError, match="nothing in it is drawn"):
        Sampler(m.program(), 0).draw(range(3))


def test_nan_never_meets_a_constraint() -> None:
    """0 / 0 is undefined: the constraint rejects it, and so does "not" of its reverse."""
    for negated in (False, True):
        m = Maker()
        x = m.let("x", b.choice([0.0, 1.0]))
        m.let("q", op("/", x, x))
        m.require(op("not", op("<", ref("q"), num(1))) if negated else op(">=", ref("q"), num(1)))
        assert (Sampler(m.program(), 0).draw(range(100)).values["x"] == 1.0).all()


def test_draws_that_leave_a_distribution_empty_are_rejected() -> None:
    """low..high with low > high has no value: such draws do not count, as if "low <= high" were required. Of two equal
    uniform numbers given that they are in order, the smaller has mean 1/3 (standard deviation 0.24)."""
    m = Maker()
    low, high = m.let("low", b.span(0, 1)), m.let("high", b.span(0, 1))
    m.let("x", b.span(low, high))
    draws = Sampler(m.program(), 0).draw(range(4000))
    values = draws.values
    assert ((values["low"] <= values["x"]) & (values["x"] <= values["high"])).all()
    assert values["low"].mean() == pytest.approx(1 / 3, abs=4 * 0.24 / 4000**0.5)
    assert [t.text for t in draws.tallies] == ["'x' has a value"]


def test_a_distribution_that_is_always_empty_is_proved_so() -> None:
    """2..low with low in 0..1: interval bounds know it before any draw, and the sampler ends with its table."""
    m = Maker()
    low = m.let("low", b.span(0, 1))
    m.let("x", b.span(2, low))
    (proof,) = prove(Bounds.of_program(m.program()))
    assert proof.verdict == "never" and proof.require.text == "'x' has a value"
    with pytest.raises(BudgetError, match="'x' has a value"):
        Sampler(m.program(), 0, budget=Budget(64, 2)).draw(range(3))


def test_implied_constraints_of_arrays_are_about_every_element() -> None:
    """Each of three cars keeps its own low..1: all of them are redrawn until each has a value."""
    m = Maker()
    m.array("cars", 3, 3)
    low = m.let("cars.low", b.span(0, 2), array="cars")
    m.let("cars.x", b.span(low, 1), array="cars")
    values = Sampler(m.program(), 0).draw(range(100)).values
    assert (values["cars.low"] <= values["cars.x"]).all() and (values["cars.x"] <= 1).all()


@pytest.mark.parametrize("indices", [[-1], [0.5], [[1, 2]], ["a"], [2**63 - 1]])
def test_indices_that_are_none(indices: list[int]) -> None:
    """One clear error instead of an index error deep inside."""
    with pytest.raises(UsageError):
        Sampler(random_program(0), 0).draw(indices)


def test_no_variants() -> None:
    """An empty batch is a batch."""
    draws = Sampler(random_program(0), 0).draw([])
    assert len(draws) == 0 and all(len(v) == 0 for v in draws.values.values())


def test_families_that_do_not_run() -> None:
    """``library("household")`` checks and does not run: said when the sampler is made."""
    m = Maker()
    m.let("asset", b.family("library", 1))
    with pytest.raises(NotRunnableError, match="library"):
        Sampler(m.program(), 0)


# ---- geometry ----------------------------------------------------------------------------------------------------


class Scene:
    """A stand-in engine: two entities on a line; they overlap within 1 m, and see each other within ``range``."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int]] = []

    def __call__(self, expr: Expr | None, indices: I64Array, values: dict[str, Array]) -> BoolArray:
        apart = np.abs(values["ego.x"] - values["kid.x"])
        assert apart.shape == indices.shape
        self.asked.append(("overlap" if expr is None else "sees", indices.size))
        return apart > 1.0 if expr is None else apart > values["ego.range"]


def placed() -> Program:
    """ego and kid on a line; speed and gap share an arithmetic constraint; hidden needs the scene."""
    m = Maker()
    m.let("ego.x", b.span(0, 10))
    m.let("kid.x", b.span(0, 10))
    m.let("ego.range", b.span(0, 5))
    speed, gap = m.let("ego.speed", b.span(0, 10)), m.let("gap", b.span(0, 2))
    m.let("ego.controller.reaction", b.span(0, 1))
    m.let("noise", b.span(0, 1))
    m.require(op(">", op("*", speed, gap), num(6)), "speed * gap > 6")
    hidden = Call("sees", b.ref("ego"), {}, BOOL, b.SPAN)
    m.require(op("not", hidden), "hidden", geometric=True)
    program = m.program()
    from simengine.language.program import EntityDecl

    entities = tuple(EntityDecl(n, "car", "driving", "vehicle", (), b.SPAN) for n in ("ego", "kid"))
    return replace(program, entities=entities)


def test_geometry_is_asked_about_survivors_only_overlap_first() -> None:
    """Arithmetic rejects first, overlaps next, sight lines last: each sees only what is left."""
    scene = Scene()
    draws = Sampler(placed(), 0).draw(range(300), scene)
    v = draws.values
    assert (v["ego.speed"] * v["gap"] > 6).all() and (
        np.abs(v["ego.x"] - v["kid.x"]) > np.maximum(1, v["ego.range"])
    ).all()
    assert [name for name, _ in scene.asked[:2]] == ["overlap", "sees"]
    assert scene.asked[0][1] < 300 and scene.asked[1][1] < scene.asked[0][1]
    tallies = {t.text: t for t in draws.tallies}
    assert tallies[PLACEABLE].checked == tallies["speed * gap > 6"].checked - tallies["speed * gap > 6"].rejected
    assert tallies["hidden"].checked == tallies[PLACEABLE].checked - tallies[PLACEABLE].rejected
    assert draws.unchecked == ()


def test_geometry_alone_equals_batch() -> None:
    """Redraws for the scene's sake are counted by variant, too."""
    whole = Sampler(placed(), 0).draw(range(64), Scene())
    for k in (0, 7, 63):
        same(whole, [k], Sampler(placed(), 0).draw([k], Scene()), [0])


def test_what_no_constraint_reaches_is_never_redrawn() -> None:
    """The driver's reaction and a free variable keep attempt 0, however often the placement is redrawn."""
    draws = Sampler(placed(), 0).draw(range(64), Scene())
    assert draws.attempts.max() > 0
    for path in ("ego.controller.reaction", "noise"):
        assert draws.u[path].tolist() == uniforms(0, path, np.arange(64)).tolist()


def test_without_an_engine_geometric_constraints_are_named_as_unchecked() -> None:
    """Silence would look like a check."""
    draws = Sampler(placed(), 0).draw(range(10))
    assert draws.unchecked == (PLACEABLE, "hidden") and [t.text for t in draws.tallies] == ["speed * gap > 6"]


def test_scenes_have_a_budget_of_their_own() -> None:
    """A sight line that is never free costs at most so many scenes for a variant."""

    def never(expr: Expr | None, indices: I64Array, values: dict[str, Array]) -> BoolArray:
        return np.full(indices.size, expr is None)

    with pytest.raises(BudgetError, match=r"100\.00 %.*hidden"):
        Sampler(placed(), 0, budget=Budget(geometric=50)).draw([0], never)


def test_definitions_that_need_the_scene_are_left_to_the_engine() -> None:
    """``let d = distance(ego, kid)`` has no value here; a constraint on it counts as geometric."""
    m = Maker()
    m.let("x", b.span(0, 1))
    d = m.let("d", Call("distance", None, {}, b.NUMBER, b.SPAN))
    m.require(op(">", d, num(1)), "d > 1")
    draws = Sampler(m.program(), 0).draw(range(4))
    assert "d" not in draws.values and draws.unchecked == ("d > 1",)
    m.let("y", b.span(0, d))
    draws = Sampler(m.program(), 0).draw(range(4))  # its number is drawn, its law is the engine's
    assert "y" not in draws.values and draws.u["y"].shape == (4,) and "'y' has a value" in draws.unchecked


def test_sensors_named_by_a_constraint_belong_to_its_block() -> None:
    """``visible(kid, front)`` depends on the drawn sensor."""
    m = Maker()
    m.let("front.fov", b.span(0.5, 1))
    m.let("back.fov", b.span(0.5, 1))
    sensor = SensorRef("front", ValueType("sensor"), b.SPAN)
    m.require(op(">", Call("visible", None, {"sensor": sensor}, b.NUMBER, b.SPAN), num(0.3)), "seen", geometric=True)
    (block,) = Sampler(m.program(), 0).blocks
    assert [v.path for v in block.variables] == ["front.fov"]


# ---- rows --------------------------------------------------------------------------------------------------------


def test_rows_hold_words_flags_and_existing_elements() -> None:
    """What a person reads: words for codes, as many elements as the array has."""
    m = Maker()
    word = enum("left", "right")
    m.array("parked", b.span(1, 3), 3)
    m.let("side", b.choice(["left", "right"], word), word)
    m.let("lit", b.choice([True, False]), BOOL)
    m.let("parked.gap", b.span(0, 1), array="parked")
    m.let("size", b.lift(3.0), INT)
    draws = Sampler(m.program(), 0).draw(range(40))
    seen = set[int]()
    for k in range(40):
        row = draws.at(k)
        assert row["side"] in ("left", "right") and isinstance(row["lit"], bool) and row["size"] == 3.0
        gaps = row["parked.gap"]
        assert isinstance(gaps, tuple) and len(gaps) == row["parked.count"]
        seen.add(len(gaps))
    assert seen == {1, 2, 3}


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_the_order_of_constraints_changes_no_draw(order: tuple[int, ...]) -> None:
    """A variant takes its first attempt that meets all constraints. That is found here by asking all of them about
    every attempt, 0, 1, 2, ...; stages, early and late attempts, few and many variants must find the same one. With
    0.4 % accepted, attempts go past 256, where late ones begin."""

    def square(e: Expr) -> Expr:
        return op("*", e, e)

    m = Maker()
    x, y, z = (m.let(name, b.span(0, 1)) for name in ("x", "y", "z"))
    texts = (
        (op("<", square(op("-", x, y)), num(0.0004)), "x within 0.02 of y"),
        (op("<", square(op("-", y, z)), num(0.0025)), "y within 0.05 of z"),
        (op(">", op("+", y, z), num(0.35)), "y + z > 0.35"),
    )
    for k in order:
        m.require(*texts[k])
    sampler = Sampler(m.program(), 5)
    draws = sampler.draw(range(300))
    plan = RandomPlan()
    u = {n: draws.u[n] for n in "xyz"}
    shares = sampler.plan.shares if isinstance(sampler.plan, RandomPlan) else {}
    for row in (*range(0, 300, 7), int(np.argmax(draws.attempts))):
        attempts = np.arange(int(draws.attempts[row]) + 1)
        here = Proposals(np.full(attempts.size, row), attempts)
        numbers = {n: shares.get(n, WHOLE).spread(plan.plain(5, sampler.graph.variables[n], 0, here)) for n in "xyz"}
        near, apart = numbers["x"] - numbers["y"], numbers["y"] - numbers["z"]
        ok = (near * near < 0.0004) & (apart * apart < 0.0025) & (numbers["y"] + numbers["z"] > 0.35)
        assert np.flatnonzero(ok).tolist() == [attempts.size - 1]
        assert all(numbers[n][-1] == u[n][row] for n in "xyz")
    assert draws.attempts.max() > 256
