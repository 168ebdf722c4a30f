"""``any``, ``all`` and ``count`` over places that are another one for each element: equal to the same written out."""

from __future__ import annotations

import pytest

from tests.engine.worlds import run

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
