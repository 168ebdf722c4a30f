"""Files from anywhere: what is too large, too deep or not plain text is refused early, at its place, with advice."""

from __future__ import annotations

import sys
from types import FrameType

import pytest

from simengine.engine.catalogue import libraries
from simengine.errors import ProgramError, UsageError
from simengine.language import check_file, check_text, parse_text, render_diagnostics
from simengine.language import evaluate as evaluation
from simengine.language.diagnostics import Diagnostic
from simengine.language.parse import _Parser  # pyright: ignore[reportPrivateUsage]
from simengine.language.sample import Sampler

HEAD = "scenario t:\n"


def errors(text: str) -> list[Diagnostic]:
    return [d for d in check_text(text, libraries={}).diagnostics if d.severity == "error"]


TOO_MUCH = {
    "sum": ("let x = " + " + ".join(["1"] * 65), 4 + 8 + 4 * 63 + 3, "joins more than 64"),
    "long sum": ("let x = " + " + ".join(["1"] * 16_000), 4 + 8 + 4 * 63 + 3, "joins more than 64"),
    "product": ("let x = 1 + " + " * ".join(["1"] * 65), 4 + 12 + 4 * 63 + 3, "joins more than 64"),
    "and": ("require " + " and ".join(["yes"] * 10_000), 4 + 8 + 8 * 63 + 5, "joins more than 64"),
    "or": ("require " + " or ".join(["yes"] * 10_000), 4 + 8 + 7 * 63 + 5, "joins more than 64"),
    "brackets": ("let x = " + "(" * 10_000 + "1" + ")" * 10_000, 4 + 8 + 65, "nested more than 64"),
    "not": ("require " + "not " * 10_000 + "yes", 4 + 8 + 4 * 64 + 1, "nested more than 64"),
    "always": ("expect " + "always within 3 s " * 65 + "yes", 4 + 7 + 18 * 64 + 1, "nested more than 64"),
    "minus": ("let x = " + "-" * 10_000 + "1", 4 + 8 + 65, "nested more than 64"),
    "dots": ("let x = a" + ".b" * 10_000, 4 + 9 + 2 * 64 + 1, "nested more than 64"),
    "calls": ("let x = a" + "()" * 10_000, 4 + 9 + 2 * 64 + 1, "nested more than 64"),
    "name": ("let " + "x" * 900_000 + " = 1", 4 + 5, "a name has more than 64 characters"),
    "string": ('cite "' + "x" * 900_000 + '"', 4 + 6, "a string has more than 2,000 characters"),
    "set": ("param x ~ {" + ", ".join(["1"] * 50_000) + "}", 4 + 11 + 3 * 4096 - 1, "more than 4,096 elements"),
    "statement": ("let x = " + " + ".join(["1"] * 90_000), 4 + 4 * 2 ** 14 + 3, "more than 32,768 tokens"),
}  # fmt: skip


@pytest.mark.parametrize("name", TOO_MUCH)
def test_limits_name_their_place_and_are_checked_before_the_parser(name: str, monkeypatch: pytest.MonkeyPatch):
    """The column is that of the first token too many, counted by hand; the parser, whose time and memory a hostile
    line is after, never gets to see it."""
    fed: list[str] = []
    feed = _Parser.feed
    monkeypatch.setattr(_Parser, "feed", lambda self, line, start: (fed.append(start), feed(self, line, start))[1])
    line, column, message = TOO_MUCH[name]
    found = errors(f"{HEAD}    {line}\n")
    assert [(d.code, d.span.line, d.span.column) for d in found] == [("E0110", 2, column)]
    assert message in found[0].message and found[0].help
    assert fed in ([], ["top_line"])


@pytest.mark.parametrize(
    "line",
    [
        "let x = " + " + ".join(["1"] * 64), "require " + " and ".join(["1 < 2"] * 64),
        "let x = min(" + " + ".join(["1"] * 64) + ", " + " - ".join(["1"] * 64) + ")",
        "require " + " + ".join(["1"] * 64) + " <= " + " + ".join(["1"] * 64), "let x = " + "(" * 64 + "1" + ")" * 64,
        "require " + " or ".join([" and ".join(["1 < 2"] * 40)] * 40), "let x = " + " + ".join(["2 * 3"] * 64),
    ],
)  # fmt: skip
def test_what_is_within_the_limits_passes(line: str):
    """64 terms in each chain, however many chains: limits are about one expression, not about a line."""
    assert errors(f"{HEAD}    {line}\n") == []


HIDDEN = {"\u202e": "U+202E", "\u2066": "U+2066", "\ufeff": "U+FEFF", "\x1b": "U+001B", "\x85": "U+0085",
          "\u2028": "U+2028", "\ud800": "U+D800", "\x0c": "U+000C"}  # fmt: skip


@pytest.mark.parametrize("char", HIDDEN)
@pytest.mark.parametrize("where", ['cite "a{}b"', "let x = 1 # a{}b", "let x{} = 1"])
def test_characters_that_hide_something_are_refused_everywhere(char: str, where: str):
    """A text that turns its direction or moves the cursor can show another program than the one that runs, also from
    within a string or a comment."""
    line = "    " + where.replace("{}", char)
    (found,) = errors(f"{HEAD}{line}\n")
    assert (found.code, found.span.line, found.span.column) == ("E0108", 2, line.index(char) + 1)
    assert HIDDEN[char] in found.message and found.help
    assert char not in render_diagnostics([found], HEAD + line)


def test_ordinary_text_of_any_script_is_fine():
    """Strings and comments hold what people write, combining marks and right-to-left letters included."""
    assert errors(HEAD + '    cite "\u05e2\u05d1\u05e8\u05d9\u05ea e\u0301 \u65e5\u672c \U0001f697"  # \u00fc\n') == []


def test_all_line_ends_count_the_same():
    """CR LF, CR, LF and a byte-order mark: the same program, and errors in the same lines."""
    texts = ["{0}scenario t:{1}    let x = 1{2}{1}    # note{1}    require x > y{1}".format(*p) for p in (
        ("", "\n", "\n"), ("\ufeff", "\r\n", "\r\n"), ("", "\r", "\r"), ("\ufeff", "\n", "\r\n"),
    )]  # fmt: skip
    found = [[(d.code, d.span.line, d.span.column, d.message) for d in errors(t)] for t in texts]
    assert found == [[("E0201", 5, 17, "unknown name 'y'")]] * 4


def test_files_that_are_no_text(tmp_path):
    """A byte that is no UTF-8 is named with its place; NUL and UTF-16 too."""
    for data, code, place, message in (
        (b"scenario t:\n    let x = \xff1\n", "E0108", (2, 13), "byte 0xFF is not UTF-8"),
        (b"scenario t:\n    let x\0 = 1\n", "E0108", (2, 10), "NUL"),
        ("scenario t:\n".encode("utf-16"), "E0108", (1, 1), "0xFF"),
        (b" " * 1_000_001, "E0110", (1, 1), "larger than 1,000,000 bytes"),
    ):
        path = tmp_path / "t.scn"
        path.write_bytes(data)
        result = check_file(path, libraries={})
        (found,) = result.diagnostics
        assert (found.code, (found.span.line, found.span.column)) == (code, place) and message in found.message


@pytest.mark.parametrize("text", [b"scenario t:\n    let x = 1\n", None, 3, ["scenario t:"]])
def test_a_text_that_is_none(text: object):
    """A caller's mistake, not the file's: one clear sentence."""
    for function in (check_text, parse_text):
        with pytest.raises(UsageError, match=f"a scenario text is a str, got {type(text).__name__}; "):
            function(text, libraries={})  # type: ignore[arg-type]


def test_long_chains_of_definitions():
    """Each refers to the one before it: 1,900 of them are checked, constrained and drawn without recursion, and
    x1900 = x0 > 0.5 narrows the draw. The slow test below has as many as a file may hold."""
    lets = "".join(f"    let x{k + 1} = x{k}\n" for k in range(1900))
    (program,) = parse_text(f"{HEAD}    param x0 ~ 0..1\n{lets}    require x1900 > 0.5\n", libraries={})
    assert Sampler(program, 0).draw(range(50)).values["x0"].min() > 0.5
    with pytest.raises(ProgramError, match="E0218"):
        parse_text(f"{HEAD}    param x0 ~ 0..1\n{lets}    require x1900 > 0.5\n    require x0 < 0.4\n", libraries={})


def _steps(text: str) -> int:
    """Functions of this package that a check calls."""
    calls = 0

    def count(frame: FrameType, event: str, _: object) -> None:
        nonlocal calls
        calls += event == "call"

    sys.setprofile(count)
    try:
        check_text(text, libraries={})
    finally:
        sys.setprofile(None)
    return calls


def _chain(n: int) -> str:
    return (
        "".join(f"    let x{k + 1} = x{k} * 0.5 + x{max(k - 1, 0)} * 0.5\n" for k in range(n)) + "    cover x9 by 1\n"
    )


GROWING = {
    "values": lambda n: "    param x0 ~ 0..1\n" + _chain(n) + f"    require x{n} > 0.5\n",
    "constraints": lambda n: "    param x0 ~ 0..1\n" + _chain(n)
    + "".join(f"    require x{k} > 0.00{k}\n" for k in range(n)),
    "ranges": lambda n: "    param x0 ~ 0..1\n" + "".join(f"    param x{k + 1} ~ x{k}..x{k}+1\n" for k in range(n)),
    "contradiction": lambda n: "    param x0 ~ 0..1\n"
    + "".join(f"    param x{k + 1} ~ 0..1\n    require x{k + 1} > x{k}\n" for k in range(n))
    + f"    require x{n // 2} < 0.1\n    require x{n // 2} > 0.2\n",
    "conditions": lambda n: "    param x ~ 0..1\n    let b0 = x > 0.05\n"
    + "".join(f"    let b{k + 1} = (b{k} and x > 0.1) or (b{k} and x < 0.9)\n" for k in range(n))
    + f"    require b{n}\n",
    "whole": lambda n: "    param x0: int ~ 1..3\n" + "".join(f"    let x{k + 1} = x{k} + x{k}\n" for k in range(n))
    + "    cover x9 by 1\n",
    "extended": lambda n: "    let x = 1\n" * (n // 4) + "".join(f"scenario u{k}:\n    let x = 1\n" for k in range(n)),
}  # fmt: skip


@pytest.mark.parametrize("name", GROWING)
def test_the_work_of_a_check_grows_with_the_text(name: str):
    """Calls of functions, which no machine makes slower: twice the text is at most 2.6 times the work (2 and what is
    logarithmic), however the definitions depend on each other. A walk over chains again and again is 4 times, over
    all their branches 2^n times."""
    small, large = (_steps(HEAD + GROWING[name](n)) for n in (60, 120))
    assert large < 2.6 * small


@pytest.mark.slow
def test_as_many_statements_as_there_may_be():
    """10,000 lines that lean on one another are checked; one more is refused, and so are scenarios that come to as
    many by extending one another."""
    lines = "".join(f"    let x{k + 1} = x{k} + 0.001\n" for k in range(9_997))
    text = f"{HEAD}    param x0 ~ 0..1\n{lines}    require x9997 > 10.5\n"
    assert not errors(text)
    (found,) = errors(text + "    let y = 1\n")
    assert found.code == "E0110" and "more than 10,000 statements" in found.message
    base = HEAD + "".join(f"    let a{k} = 1\n" for k in range(100))
    (found,) = errors(base + "".join(f"scenario u{k} extends t:\n    let b = 1\n" for k in range(100)))
    assert found.code == "E0110" and "more than 10,000 statements" in found.message and found.span.line > 280


@pytest.mark.parametrize("wrap", ["{}", "min(1, " * 30 + "{}" + ")" * 30])
def test_chains_that_run_forward_are_reported_at_their_line(wrap: str):
    """Each definition needs the next one: too many of them, or too deep ones, end at the place that went too far."""
    lets = "".join(f"    let x{k} = {wrap.format(f'x{k + 1}')}\n" for k in range(60))
    (found,) = errors(f"{HEAD}{lets}    let x60 = 1\n")
    line = f"{HEAD}{lets}".split("\n")[found.span.line - 1]
    assert found.code == "E0110" and found.span.line > 2 and found.help
    assert line[found.span.column - 1 : found.span.end_column - 1] == f"x{found.span.line - 1}"


PAIRS = (
    "use driving\nscenario t:\n    world street(length = 1 km)\n"
    "    car q[%s] along curb(right) by 2 m:\n        speed ~ 1..5 m/s\n"
)


def _driving(text: str) -> list[Diagnostic]:
    return [d for d in check_text(text, libraries=libraries()).diagnostics if d.severity == "error"]


def test_combinations_of_elements_are_limited():
    """512 x 512 pairs are as many as may be; 513 are refused once, where the inner one begins; so are 65 in three."""
    two = "    require any(x in q: any(y in q: x.speed > y.speed))\n"
    three = "    require any(x in q: any(y in q: any(z in q: x.speed > y.speed + z.speed)))\n"
    assert not _driving(PAIRS % "~ 0..512" + two) and not _driving(PAIRS % "64" + three)
    for count, line, column in (("~ 0..513", two, 25), ("65", three, 37)):
        (found,) = _driving(PAIRS % count + line)
        assert (found.code, found.span.column) == ("E0110", column) and "262,144" in found.message


def test_channels_beyond_the_limit_are_one_error():
    """300 cameras of one channel each: the 257th statement is told, the others after it are not."""
    body = "".join(f"    sensor s{k} on ego = camera()\n    record s{k}: rgb\n" for k in range(300))
    (found,) = _driving(f"use driving\nscenario t:\n    world street()\n    car ego on lane(1)\n{body}")
    assert found.code == "E0110" and found.span.line == 4 + 2 * 257


@pytest.mark.parametrize(
    ("item", "many"),
    [("a by 1", "1,000,000,000,000,000 bins"), ("c by 1e-300", "over 10^18 bins"), ("c by 0.00001", "")],
)
def test_bins_beyond_the_limit_are_found_by_the_check(item: str, many: str):
    """100,000 bins of one item are allowed: 1 / 0.00001; steps of 1 up to 10^15 are 10^15."""
    found = _driving(f"scenario t:\n    param a ~ 0..1e15 step 1\n    param c ~ 0..1\n    cover {item}\n")
    assert [d.code for d in found] == (["E0110"] if many else []) and (not many or many in found[0].message)


@pytest.mark.parametrize("count", ["0", "n", "~ 0..0"])
def test_arrays_of_no_elements(count: str):
    """Nothing is drawn for them that counts: any is false, all is true, count is 0."""
    (program,) = parse_text(
        "use driving\nscenario t:\n    param n: int = 0\n    world street()\n"
        f"    car q[{count}] along curb(right) by 2 m:\n        speed ~ 1..5 m/s\n"
        "    let k = count(x in q: x.speed > 0 m/s)\n    let e = any(x in q: x.speed > 0 m/s)\n"
        "    let a = all(x in q: x.speed < 0 m/s)\n",
        libraries=libraries(),
    )
    draws = Sampler(program, 1).draw([0, 1, 2])
    assert all(draws.values[name].tolist() == [want] * 3 for name, want in (("k", 0.0), ("e", 0.0), ("a", 1.0)))
    assert draws.values["q.count"].tolist() == [0.0] * 3


def test_pieces_change_nothing(monkeypatch: pytest.MonkeyPatch):
    """Each row's value depends on that row alone, so looking at one row at a time gives the same draws."""
    (program,) = parse_text(
        PAIRS % "~ 3..9"
        + "    let most = count(x in q: count(y in q: x.speed > y.speed) > 3)\n    require most >= 2\n",
        libraries=libraries(),
    )
    whole = Sampler(program, 5).draw(list(range(50)))
    monkeypatch.setattr(evaluation, "_CELLS", 100)
    pieces = Sampler(program, 5).draw(list(range(50)))
    assert whole.values.keys() == pieces.values.keys()
    assert all(whole.values[k].tobytes() == pieces.values[k].tobytes() for k in whole.values)
