from __future__ import annotations

from pathlib import Path

import pytest

from simengine.errors import ProgramError
from simengine.language import check_file, check_text, parse_file
from tests.language.programs import BASE, LIBRARIES, check

HEAD = "use town\nscenario t:\n    world street(lanes = 2)\n"


def _code(text: str) -> str:
    return check(text).diagnostics[0].code


def test_windows_line_ends_and_byte_order_marks_are_text():
    """Editors on Windows write both; spans and meaning stay."""
    plain, windows = check(BASE).programs[0], check("\ufeff" + BASE.replace("\n", "\r\n")).programs[0]
    assert plain.definitions == windows.definitions


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"use town\n\xff\n", "E0108"),
        (BASE.encode("utf-16"), "E0108"),
        (b"use town\n\0", "E0108"),
        (b"#" * 1_000_001, "E0110"),
        (b"", "E0115"),
    ],
)
def test_bytes_that_are_no_scenario(tmp_path: Path, data: bytes, code: str):
    """Refused with one diagnostic each."""
    file = tmp_path / "a.scn"
    file.write_bytes(data)
    assert [d.code for d in check_file(file, libraries=LIBRARIES).diagnostics] == [code]
    with pytest.raises(ProgramError):
        parse_file(file, libraries=LIBRARIES)


def test_a_bad_byte_is_located(tmp_path: Path):
    """Line 2, third byte."""
    file = tmp_path / "a.scn"
    file.write_bytes(b"use town\n# \xe9\n")
    (found,) = check_file(file, libraries=LIBRARIES).diagnostics
    assert (found.span.line, found.span.column) == (2, 3)


@pytest.mark.parametrize("name", ["missing.scn", ".", "a\0b"])
def test_files_that_cannot_be_read(tmp_path: Path, name: str):
    """No traceback of the operating system's errors."""
    with pytest.raises(ProgramError, match="cannot read"):
        parse_file(str(tmp_path / name), libraries=LIBRARIES)


def test_several_scenarios_in_one_file():
    """One program each, in order."""
    assert [p.name for p in check(f"{HEAD}{HEAD[9:].replace(' t:', ' u:')}").programs] == ["t", "u"]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("let x = " + "(" * 65 + "1" + ")" * 65, "E0110"),
        ("require " + "not " * 5000 + "yes", "E0110"),
        ("let x = " + "-" * 5000 + "1", "E0110"),
        ("let x = a" + ".b" * 5000, "E0110"),
        ("let x = " + "abs(" * 70 + "1" + ")" * 70, "E0110"),
        ("let x = " + "+".join(["1"] * 5000), "E0110"),
        ("let x = " + "(" * 40 + "1" + "".join(["+1" * 60 + ")"] * 40), "E0110"),
        ("let " + "x" * 65 + " = 1", "E0110"),
        ('cite "' + "x" * 2001 + '"', "E0110"),
        ("param x ~ {" + ",".join(map(str, range(4097))) + "}", "E0110"),
        ("car c[5000] on lane(1)", "E0110"),
        ("car c[~ poisson(3)] on lane(1) at s(1 m)", "E0110"),
        ("let x = 1e999", "E0106"),
        ("let x = " + "9" * 400, "E0106"),
        ("let x = 1e308 * 1e308", "E0106"),
        ("stop after 3601 s", "E0208"),
    ],
)
def test_limits_of_one_line(line: str, code: str):
    """The limits of section 6.8 of the design: refused with a diagnostic, and never by exhausting Python's stack."""
    assert _code(f"{HEAD}    {line}\n") == code


def test_the_allowed_depth_is_allowed():
    """64 brackets, 64 calls and 64 terms are within the limits."""
    text = f"{HEAD}    let a = {'(' * 64}1{')' * 64}\n    let b = {'abs(' * 64}a{')' * 64}\n    let c = {'b+' * 63}b\n    cover c bins [0, 99]\n"  # fmt: skip  # noqa: E501
    result = check(text)
    assert result.ok and result.programs[0].supports["c"] == (64.0, 64.0)


@pytest.mark.parametrize(
    "text",
    [
        HEAD + '    cite "a"\n' * 10_001,
        HEAD + "    let x = [" + "1," * 100_001 + "1]\n",
        HEAD + "".join("    " * (i + 1) + "do:\n" for i in range(70)),
        HEAD + "    do:\n" + "        wait 1 s\n" * 10_001,
        HEAD + "    record front: rgb\n" * 10_001,
    ],
)
def test_limits_of_a_file(text: str):
    """Statements, tokens, blocks and timeline nodes."""
    assert "E0110" in [d.code for d in check(text).diagnostics]


def test_references_forward_are_limited_and_backward_are_not():
    """Each forward step needs the stack; 1,900 backward steps need none."""
    back = "".join(f"    let x{i} = x{i - 1} + 1\n" for i in range(1, 1901))
    result = check(f"{HEAD}    let x0 = 0\n{back}    cover x1900 bins [0, 9999]\n")
    assert result.ok and result.programs[0].supports["x1900"] == (1900.0, 1900.0)
    forward = "".join(f"    let x{i} = x{i + 1} + 1\n" for i in range(2000))
    assert _code(f"{HEAD}{forward}    let x2000 = 1\n") == "E0110"


@pytest.mark.parametrize(
    "text", ['"' * 5000, ":" * 5000, ":\n" * 50, "(\n" * 50, "\t\n", "]" * 99, "\u2028", "\x0c", "1" * 5000]
)
def test_nonsense_is_an_error_and_no_exception(text: str):
    """What a cat on a keyboard writes."""
    assert not check_text(text, libraries={}).ok


def test_a_tab_is_reported_once_and_the_block_goes_on():
    """The rest of the block is read as if the line were indented as the one above."""
    text = BASE.replace("        rain ~", "\t\train ~")
    assert [d.code for d in check(text).diagnostics] == ["E0107"]
