"""Printer and JSON form: both give the same program back, and bad JSON is one clear error."""

from __future__ import annotations

import copy
import json
import random
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simengine.engine.catalogue import libraries, scenario_files
from simengine.engine.loading import load
from simengine.errors import UsageError
from simengine.language import parse_text
from simengine.language.exchange import FORMAT, from_json, json_of_text, schema, text_of_json
from simengine.language.format import format_text
from simengine.language.reading import bare, read
from simengine.language.sample import Sampler
from simengine.language.write import write_text
from tests.language.programs import BASE, LIBRARIES
from tests.language.trees import Text

_QUICK = settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


def _round(text: str) -> str:
    """The canonical text; printing, reading and the JSON form lose nothing."""
    tree = read(text).statements
    printed = write_text(tree)
    assert bare(read(printed).statements) == bare(tree)
    assert text_of_json(json_of_text(text)) == printed
    assert write_text(read(printed).statements) == printed and not format_text(printed).changed
    return printed


@_QUICK
@given(st.integers(0, 2**32))
def test_any_program_is_printed_and_read_back(seed: int):
    """parse(print(p)) == p for every statement and expression of the grammar."""
    _round(Text(seed).text())


@pytest.mark.parametrize("part", [0, *(pytest.param(k, marks=pytest.mark.slow) for k in range(1, 12))])
def test_the_library_survives_all_doors(part: int):
    """Every scenario that ships (each twelfth in a quick run); its JSON form fits the published schema."""
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft202012Validator(schema())
    for file in scenario_files()[part::12]:
        _round(file.source)
        validator.validate(json.loads(json_of_text(file.source)))


def test_printing_keeps_what_the_checker_sees():
    """Definitions in their order, and their supports."""
    one, other = (parse_text(t, libraries=LIBRARIES)[0] for t in (BASE, _round(BASE)))
    assert list(one.definitions) == list(other.definitions) and one.supports == other.supports


def test_the_json_form_fits_its_schema():
    """The published schema accepts what is written, and refuses a key that is none."""
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft202012Validator(schema())
    validator.check_schema(schema())
    found = json.loads(json_of_text(BASE))
    validator.validate(found)
    found["statements"][1]["extras"] = {}
    assert not validator.is_valid(found)


def test_the_same_draw_from_text_and_json_is_the_same_bytes(tmp_path):
    """A canonical text and its JSON form are one program, digest included; comments change the digest alone."""
    (child,) = [f for f in scenario_files() if f.name == "child_dart_out"]
    text = text_of_json(json_of_text(child.source))
    (tmp_path / "a.json").write_text(json_of_text(child.source))
    (tmp_path / "a.scn").write_text(text)
    loaded = [load(tmp_path / name) for name in ("a.json", "a.scn")]
    drawn = [Sampler(p, 3, "random").draw([0, 5]).scenario(1) for p in loaded]
    assert drawn[0].to_json() == drawn[1].to_json()
    original = Sampler(parse_text(child.source, libraries=libraries())[0], 3, "random").draw([0, 5]).scenario(1)
    assert original.values == drawn[0].values


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ("", "is not JSON"),
        ("[1]", "expected an object"),
        ('{"format": "other"}', f"expected '{FORMAT}'"),
        ('{"format": "x", "format": "y"}', "stands twice"),
        ("NaN", "is no number of JSON"),
        ("[" * 100_000, "nested too deep"),
        (f'{{"format": "{FORMAT}", "statements": [{{"kind": "nothing"}}]}}', "no statement of the kind 'nothing'"),
        (f'{{"format": "{FORMAT}", "statements": [{{"kind": "use", "names": ["a b"]}}]}}', "names[0]: expected a name"),
        (f'{{"format": "{FORMAT}", "statements": [{{"kind": "use", "names": ["do"]}}]}}', "is no program"),
        (f'{{"format": "{FORMAT}", "statements": [{{"kind": "use", "names": ["a"], "body": 3}}]}}', "an array"),
        (f'{{"format": "{FORMAT}", "statements": [{{"kind": "cite", "text": "a\\"\\ncite"}}]}}', "without quotes"),
        (f'{{"format": "{FORMAT}", "statements": [{{"kind": "let", "names": ["a"], "bind": {{"value": 1e999}}}}]}}',
         "finite"),
    ],
)  # fmt: skip
def test_bad_json_is_one_clear_error(data: str, told: str):
    """Whatever is in it: no traceback, and the place is named."""
    with pytest.raises(UsageError, match=told.replace("[", r"\[")):
        text_of_json(data)


_TWICE = (
    ({"if": "q", "then": 1, "else": 2, "text": "a"}, "unknown key 'text'"),
    ({"always": "q", "within": 1, "after": 2}, "unknown key 'after'"),
    ({"call": "f", "index": 1}, "unknown key 'index'"),
    ({"if": "q", "then": 1}, "'else' is missing"),
    ({"quantity": [1, "m"], "text": "a"}, "unknown key 'text'"),
    ({"chain": [1, "<", 2]}, "operands with one of"),
    ({"chain": [1]}, "3 items or more"),
)


@pytest.mark.parametrize(("expression", "told"), _TWICE)
def test_an_object_is_read_only_as_what_it_says(expression: object, told: str):
    """Keys of two forms are neither of them; the message names key and place."""
    body = [{"kind": "let", "names": ["q"], "bind": {"value": expression}}]
    data = {"format": FORMAT, "statements": [{"kind": "scenario", "names": ["t"], "body": body}]}
    with pytest.raises(UsageError, match=told) as caught:
        text_of_json(json.dumps(data))
    assert "statements[0].body[0].bind.value" in str(caught.value)


_BEYOND = ("weights", "operands with one of", "a unit", "a finite number", "larger or deeper", "nested")
"""What the schema cannot say: counts that belong together, and limits of the whole."""
_SAMPLE = """
scenario s(a: length = 1 m) "t":
    param q ~ {1 m: 2, 2 m: 1}
    param r ~ 1..3 m step 1 m within 1..2 m
    let z = (1 if a < 2 m and not a > 3 m else -a * 2 + q)
    car c ahead of ego by ~ normal(3 m, 1 m) within 2..5 m
    expect always during x c.speed > 3 or eventually within 2 s dist(c, (1, 2), [1]) < a.b[1].c
    cover a by 1 m over 0..5 m
    do:
        w: repeat 3 until a in 1..2 m:
            c.drive(to = "x") for ~ 1..2 s
    record s: rgb at 2 hz
"""
_VALUES = (
    None,
    True,
    0,
    -1,
    1.5,
    "a",
    "a.b",
    "a b",
    "",
    [],
    {},
    [1, 2],
    {"text": "a"},
    {"range": [1, 2]},
    {"value": 1},
)
_NAMES_OF_KEYS = (
    "text", "if", "then", "else", "of", "index", "attribute", "within", "after", "during", "step", "weights", "name",
    "body", "value", "drawn", "extra", "binds", "for", "until", "parameters", "label", "number", "always", "set",
)  # fmt: skip


def _places(data: object) -> list[Any]:
    """All tables and arrays of a tree."""
    inner = cast("dict[str, object]", data).values() if isinstance(data, dict) else cast("list[object]", data)
    found = [data]
    for item in inner:
        found += _places(item) if isinstance(item, dict | list) else []
    return found


def _mutated(data: object, draw: random.Random) -> object:
    """One change at a random place: a key or item more, less, or of another value."""
    out = copy.deepcopy(data)
    at = draw.choice(_places(out))
    value = copy.deepcopy(draw.choice(_VALUES))
    if isinstance(at, dict):
        keys = list(cast("dict[str, object]", at))
        if keys and draw.random() < 0.4:
            del at[draw.choice(keys)]
        else:
            at[draw.choice(_NAMES_OF_KEYS if not keys or draw.random() < 0.6 else keys)] = value
    elif at and draw.random() < 0.3:
        del at[draw.randrange(len(at))]
    elif at and draw.random() < 0.6:
        at[draw.randrange(len(at))] = value
    else:
        at.append(value)
    return out


@pytest.mark.parametrize("rounds", [100, pytest.param(1500, marks=pytest.mark.slow)])
def test_the_reader_takes_what_the_schema_takes(rounds: int):
    """Documents with one or two mistakes: what the published schema refuses is refused, with a ``UsageError``, and
    what it accepts is read as a tree, but for what no schema can say."""
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft202012Validator(schema())
    whole = json.loads(json_of_text(_SAMPLE))
    draw, both = random.Random(5), {False: 0, True: 0}
    for _ in range(rounds):
        data = _mutated(whole, draw)
        data = _mutated(data, draw) if draw.random() < 0.3 else data
        fits = validator.is_valid(data)
        both[fits] += 1
        try:
            text_of_json(json.dumps(data))
            assert fits, data
        except UsageError:
            pass
        if fits:
            try:
                from_json(json.loads(json.dumps(data)))
            except UsageError as error:
                assert any(words in str(error) for words in _BEYOND), (error, data)
    assert min(both.values()) > rounds // 20  # both answers occur
