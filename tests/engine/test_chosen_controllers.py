"""Controllers that a draw or a case chooses: the law of the words, the arguments, and what the vehicles then do."""

from __future__ import annotations

import numpy as np
import pytest

from simengine.engine.catalogue import libraries
from simengine.engine.variation import Variation
from simengine.language import Program, check_text, parse_text
from simengine.language.sample import Sampler

HEAD = """use driving

scenario s:
    world highway(lanes = 2, length = 1 km)
    car lead on lane(1) at s(200 m)
    car ego on lane(1) at s(100 m):
        speed = 20 m/s
"""
SET = "        controller ~ {none: 1, aeb(reaction ~ 0.2..0.4 s): 2, acc(set_speed = 10 m/s): 1}\n"
CASES = """    choose who:
        case 1 man:
            ego.controller = none
        case 2 machine:
            ego.controller ~ {aeb(reaction ~ 0.2..0.4 s): 2, acc: 1}
"""
TAIL = "    stop after 8 s\n    expect always not collision(ego, lead)\n"


def made(body: str) -> Program:
    return parse_text(HEAD + body + TAIL, libraries=libraries())[0]


@pytest.mark.parametrize("body", [SET, CASES])
def test_who_drives_hits_or_does_not(body: str):
    """100 m before a standing car at 20 m/s: nobody at the brakes hits it within 8 s, either controller does not."""
    for one in Variation(made(body), 0, "random").simulate(list(range(12))):
        word, (verdict,) = one.scenario.values["ego.controller"], one.verdicts
        assert verdict.passed == (word != "none")


def test_words_have_the_weights_of_the_set():
    """4,000 draws of weights 1:2:1: each share within four standard errors; arguments count for their word."""
    values = Sampler(made(SET), 1).draw(range(4000)).values
    word, reaction, wish = (values[f"ego.controller{end}"] for end in ("", ".reaction", ".set_speed"))
    for code, share in ((0, 0.25), (1, 0.5), (2, 0.25)):  # none, aeb, acc: the order of the vocabulary
        assert abs((word == code).mean() - share) < 4 * np.sqrt(share * (1 - share) / 4000)
    assert (wish == np.where(word == 2, 10.0, 20.0)).all()
    drawn = values["ego.controller.aeb.reaction"]
    assert (reaction == np.where(word == 1, drawn, 0.4)).all() and 0.2 <= drawn.min() < drawn.max() <= 0.4


def test_a_variable_controller_drives_as_the_fixed_one():
    """The very same motion, bit for bit, in a batch that holds other controllers too."""
    many = {o.scenario.values["ego.controller"]: o for o in Variation(made(SET), 0, "random").simulate(range(12))}
    for word, one in many.items():
        reaction = one.scenario.values["ego.controller.reaction"]
        call = {"none": "none", "aeb": f"aeb(reaction = {reaction!r} s)", "acc": "acc(set_speed = 10 m/s)"}[str(word)]
        (alone,) = Variation(made(f"        controller = {call}\n"), 0, "random").simulate([0])
        assert alone.trace.moved.tobytes() == one.trace.moved.tobytes()


def test_elements_of_an_array_have_each_their_own():
    """``each`` draws a controller for every car of a row."""
    body = (
        "    car row[3] on lane(2) ahead of ego by 30 m:\n        speed = 15 m/s\n"
        "    each r in row:\n        r.controller ~ {none, acc(headway ~ 1..2 s)}\n    cover ego.controller\n"
    )
    program = made(body)
    values = Sampler(program, 4).draw(range(64)).values
    assert len(np.unique(values["row.controller"], axis=0)) == 8 and values["row.controller.headway"].shape == (64, 3)
    (one,) = Variation(program, 4, "random").simulate([0])
    assert one.trace.stop_reason
    assert [c.words for c in program.covers] == [("none", "aeb", "acc", "alks", "driver")]


@pytest.mark.parametrize(
    ("body", "code", "part"),
    [
        ("        controller ~ {none, aeb, aeb(reaction = 1 s)}\n", "E0212", "'aeb' stands in the set twice"),
        ("        controller ~ 1..3\n", "E0212", "drawn from a set"),
        ("        controller ~ {none: 1, abe(): 2}\n", "E0201", "unknown controller 'abe'"),
        ("        controller ~ {aeb(reaction ~ 20..30 s)}\n", "E0208", "'reaction'"),
        ("        controller = aeb\n        controller = acc\n", "E0202", "set twice"),
        ("    override ego.controller = acc\n", "E0215", "override"),
    ],
)
def test_mistakes(body: str, code: str, part: str):
    """One error each, at the place."""
    found = [d for d in check_text(HEAD + body + TAIL, libraries=libraries()).diagnostics if d.severity == "error"]
    assert [d.code for d in found] == [code] and part in found[0].message


def test_an_extending_scenario_replaces_a_controller():
    """With its arguments: nothing of the old one is left."""
    text = HEAD + SET + TAIL + "scenario t extends s:\n    override ego.controller = alks(reaction = 1 s)\n"
    child = parse_text(text, libraries=libraries())[1]
    assert [p for p in child.definitions if "controller" in p] == ["ego.controller.reaction"]
    assert child.entities[1].controllers == ("alks",)
