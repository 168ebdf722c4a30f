"""``any``, ``all`` and ``count`` over places that are another one for each element: equal to the same written out."""

from __future__ import annotations

import pytest

from tests.engine.worlds import read, run, variants_of

ROW = """
car ego on lane(1) at s(20 m):
    speed = 10 m/s
car q[{size}] along curb(right) at s(60 m) by 3 m
stop after 6 s
"""
ASKED = (
    "ego.reached(s({}.position.x))", "ego.time_to(s({}.position.x + 3 m)) < 1.5 s", "ego.inside({}.lane)",
    "ego.reached(point({}.position.x, 0 m))",
)  # fmt: skip


@pytest.mark.parametrize("asked", ASKED)
def test_a_fixed_array_equals_its_elements_written_out(asked: str) -> None:
    """Two elements: ``any`` is an ``or``, ``all`` an ``and``, ``count`` their number; robustness alike, but for
    counts, whose margin is that of numbers."""
    both = [asked.format(f"q[{k}]") for k in (1, 2)]
    each = asked.format("c")
    lines = {
        f"any(c in q: {each})": f"({both[0]} or {both[1]})", f"all(c in q: {each})": f"({both[0]} and {both[1]})",
        f"count(c in q: {each}) >= 2": f"({both[0]} and {both[1]})",
    }  # fmt: skip
    text = ROW.format(size=2)
    for short, long in lines.items():
        text += f"expect eventually {short}\nexpect eventually {long}\n"
    (trace,) = run(text)
    for short, long in zip(trace.verdicts[::2], trace.verdicts[1::2], strict=True):
        assert (short.holds, short.violated_ns) == (long.holds, long.violated_ns)
        assert short.text.startswith("eventually count") or short.robustness == long.robustness
    assert trace.verdicts[0].holds


def test_elements_that_a_draw_lacks_do_not_count() -> None:
    """Of one to three cars behind each other those that there are: the lane of all is the ego's, as many as there are.
    ``all`` would be false, and ``count`` too few, if absent ones counted; ``any`` of a far lane is false with them."""
    text = ROW.format(size="~ 1..3") + (
        "expect always all(c in q: ego.inside(c.lane))\n"
        "expect always count(c in q: ego.inside(c.lane)) == q.count\n"
        "expect always not any(c in q: ego.reached(s(c.position.x + 400 m)))\n"
    )
    traces = run(text, 6)
    assert len({int(t.active.sum()) for t in traces}) > 1
    assert all(v.holds for t in traces for v in t.verdicts)


LANES = """
car ego on lane(1) at s(20 m)
car q[~ 2..4] ahead of ego by 10 m:
    lateral ~ {0 m, 3.5 m}
car z[2] on lane(3) at s(10 m):
    lateral ~ {0 m, 3.5 m}
each c in q:
    c.%s
stop after 0.1 s
"""
BY_LANE = (
    ("speed", "speed = 1 m/s if ego.inside({}.lane) else 2 m/s", 1.0, 2.0),
    ("speed", "speed = 1 m/s * count(d in q: d.inside({}.lane) and ego.inside({}.lane))", None, 0.0),
    (
        "speed",
        "speed ~ (1 m/s if ego.inside({}.lane) else 5 m/s)..(2 m/s if ego.inside({}.lane) else 6 m/s)",
        1.0,
        5.0,
    ),
    ("controller.set_speed", "controller = acc(set_speed = 3 m/s if ego.off({}.lane) else 4 m/s)", 4.0, 3.0),
)


@pytest.mark.parametrize(("path", "setting", "beside", "away"), BY_LANE)
def test_a_setting_of_each_element_asks_about_the_place_of_that_element(
    path: str, setting: str, beside: float | None, away: float | None
) -> None:
    """The side that is drawn for an element (0 m or a lane's width) says whether it is in ego's lane, and that what is
    set: by hand for each value here; a range of its own from 1 to 2 and from 5 to 6 m/s, and as many as are there."""
    variants = variants_of(read(LANES % setting.format("c", "c"), "road(lanes = 4)"), 8)
    sides, found = variants.values["q.lateral"], variants.values[f"q.{path}"]
    counts = variants.values["q.count"]
    assert len(set(counts)) > 1
    for row, count in enumerate(counts.astype(int)):
        near = sides[row, :count] == 0.0
        for side, value in zip(near, found[row, :count], strict=True):
            if ".." in setting:
                low = beside if side else away
                assert low is not None and low <= value <= low + 1.0
            elif "count" in setting:
                assert value == (near.sum() if side else 0.0)
            else:
                assert value == (beside if side else away)


def test_what_is_asked_of_an_inner_array_alone_is_the_same_for_all_of_the_outer_one() -> None:
    """As many variants as the outer array has elements: who is asked for one must not be taken for the other."""
    inner = "any(b in r: distance(ego, b) < 60 m)"
    text = """
car ego on lane(1) at s(20 m):
    speed = 30 m/s
car q[3] on lane(2) at s(500 m):
    lateral ~ {-3 m, 0 m, 3 m, 6 m, 9 m, 12 m}
car r[2] ahead of ego by ~ 30..90 m
stop after 0.1 s
"""
    asked = (inner, f"any(a in q: {inner})", f"all(a in q: {inner})", f"count(a in q: {inner}) == 3")
    traces = run(text + "".join(f"expect {one}\n" for one in asked), 3, "road(lanes = 6)")
    assert len({t.verdicts[0].holds for t in traces}) == 2
    for trace in traces:
        assert len({v.holds for v in trace.verdicts}) == 1
