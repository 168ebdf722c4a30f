"""What stands beside something on a bench stands on the bench; goods can be put elsewhere at once."""

from __future__ import annotations

import pytest

from simengine.engine.catalogue import libraries
from simengine.engine.variation import Variation
from simengine.errors import ProgramError
from simengine.language import check_text, parse_text

HEAD = """use warehouse
scenario t:
    world station(bench_height = 0.8 m)
    arm a at base
    tote source at bench
    item g in source:
        asset = "can"
"""


@pytest.mark.parametrize("word", ["left of", "right of"])
def test_what_is_beside_something_on_a_bench_is_on_the_bench(word: str) -> None:
    """At the same foot height, as its elements, and what is beside those."""
    text = (
        HEAD
        + f"    item beside[2] {word} source by 5 cm:\n        size = 4 cm\n    item last {word} beside[2] by 2 cm:\n"
    )
    text += "        size = 4 cm\n    stop after 0.1 s\n"
    (found,) = Variation(parse_text(text, "t.scn", libraries=libraries())[0], 0, "random").simulate([0])
    feet = [found.trace.track(name)[0, 2] for name in ("source", "beside[1]", "beside[2]", "last")]
    assert feet == pytest.approx([0.8] * 4, abs=1e-3)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("g.teleport(to = (1 m, 1 m))", ""),
        ("source.teleport(to = (1 m, 1 m))", "a tote stands where it is placed for the whole run"),
        ("a.place((1 m, 1 m))", "it has no area"),
        ("a.place(floor)", ""),
        ("a.place(bench)", ""),
        ("a.place(source)", ""),
    ],
)
def test_check_says_what_bodies_do_not_do(line: str, said: str) -> None:
    """Goods are put somewhere at once, totes stand; things are put down on what has an area."""
    result = check_text(f"{HEAD}    do:\n        {line}\n    stop after 1 s\n", "t.scn", libraries=libraries())
    assert not [d for d in result.diagnostics if d.code == "W0501"]
    assert result.ok is not bool(said) and all(said in d.message for d in result.diagnostics), result.diagnostics


def ran(body: str, head: str = HEAD, variants: int = 1):
    """Traces of the first variants."""
    return [s.trace for s in Variation(parse_text(head + body, libraries=libraries())[0], 0, "random").simulate(
        range(variants)
    )]  # fmt: skip


def test_goods_that_are_teleported_stand_there_and_go_on() -> None:
    """A can from the tote: at once at rest on the floor at the point, upright; onto a block of 5 cm on the bench it
    stands 5 cm above the bench; what lay on what is taken away falls. A variant is the same alone and in a batch."""
    head = HEAD + "    item low on bench:\n        size = 5 cm\n    item high above low by 1 mm:\n        size = 4 cm\n"
    body = "    do:\n        wait 0.5 s\n        g.teleport(to = (1 m, 1.2 m))\n        wait 0.3 s\n"
    body += "        g.teleport(to = high)\n        low.teleport(to = (-1.2 m, 1 m))\n"
    body += "        settle(high)\n    stop after 2 s\n"
    one, two = ran(body, head, 2)
    place = one.track("g")
    assert place[55] == pytest.approx([1.0, 1.2, 0.0], abs=1e-3) and abs(place[79] - place[55]).max() < 1e-3
    assert place[82, 2] == pytest.approx(0.8 + 0.05 + 0.04, abs=3e-3)
    assert one.track("low")[-1] == pytest.approx([-1.2, 1.0, 0.0], abs=2e-3)
    assert one.track("high")[-1, 2] == pytest.approx(0.8, abs=3e-3)
    (alone,) = Variation(parse_text(head + body, libraries=libraries())[0], 0, "random").simulate([1])
    assert alone.trace.track("g").tobytes() == two.track("g").tobytes()


def test_what_would_be_pressed_into_something_is_refused() -> None:
    """Into the foot of the arm: an error of the variant, at the line."""
    with pytest.raises(ProgramError, match="line 9: 'g' would be pressed into 'a' there"):
        ran("    do:\n        g.teleport(to = a)\n    stop after 1 s\n")


def test_an_arm_loses_what_is_taken_out_of_its_cup() -> None:
    """It is picked, and put on the floor at once: dropped, and nothing is held."""
    head = HEAD + "    item h on bench:\n        size = 5 cm\n"
    body = "    do:\n        a.pick(h)\n        taken: h.teleport(to = (1 m, 1.2 m))\n        wait 3 s\n"
    body += "    stop when a.dropped and not a.holding and time > 6 s\n    stop after 12 s\n"
    (trace,) = ran(body, head)
    assert trace.stop_reason.startswith("stop when") and trace.track("h")[-1, 2] == pytest.approx(0.0, abs=2e-3)


@pytest.mark.parametrize(("bench", "reach", "down"), [(0.6, 1.3, True), (0.7, 1.1, False)])
def test_things_are_put_down_on_the_floor_within_reach(bench: float, reach: float, down: bool) -> None:
    """An arm of 1.3 m on a pedestal of 60 cm gets down to the floor beside it; a shorter one on a higher one does not:
    an event that says why, as for any other place, and it holds the thing still."""
    head = f"use warehouse\nscenario t:\n    world station(bench_height = {bench} m)\n    arm a at base:\n"
    head += f"        reach = {reach} m\n    item h on bench:\n        size = 5 cm\n"
    (trace,) = ran("    do:\n        a.pick(h)\n        a.place(floor)\n    stop after 12 s\n", head)
    told = [e.detail for e in trace.events]
    if down:
        assert not told and trace.track("h")[-1, 2] == pytest.approx(0.0, abs=2e-3)
    else:
        assert told == ["there is no room for 'h' within reach"] and trace.track("h")[-1, 2] > bench
