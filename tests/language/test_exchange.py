"""Printer and JSON form: both give the same program back, and bad JSON is one clear error."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simengine.engine.catalogue import libraries, scenario_files
from simengine.engine.loading import load
from simengine.errors import UsageError
from simengine.language import parse_text
from simengine.language.exchange import FORMAT, json_of_text, schema, text_of_json
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
