"""Quick fixes repair what they say they do."""

from __future__ import annotations

import pytest

from simengine.language.explanations import PAGES
from simengine.lsp.fixes import Fix, fixes
from simengine.lsp.navigation import apply_edits
from tests.lsp.texts import WHOLE, analyse, inside

HEAD = "use driving\nscenario s:\n    world street()\n    car ego on lane(1):\n        speed ~ 5..9 m/s\n"

CASES = [  # text with one mistake, the title of its fix, the line as it should be
    (HEAD + "    require ego.sped > 6 m/s\n", "Replace by 'speed'", "    require ego.speed > 6 m/s"),
    (HEAD + "    requier ego.speed > 6 m/s\n", "Replace by 'require'", "    require ego.speed > 6 m/s"),
    (HEAD + "    stop after 12 sec\n", "Replace by 's'", "    stop after 12 s"),
    (HEAD + "    stop aftre 12 s\n", "Replace by 'after'", "    stop after 12 s"),
    (HEAD + "    require ego.speed \u2265 6 m/s\n", "Replace by '>='", "    require ego.speed >= 6 m/s"),
    (HEAD + "    require ego.speed => 6 m/s\n", "Replace by '>='", "    require ego.speed >= 6 m/s"),
    (HEAD + "    require ego.speed > 6\n", "Write '6 m/s'", "    require ego.speed > 6 m/s"),
    (HEAD + "    let a == 3 m\n    require a > 2 m\n", "Replace by '='", "    let a = 3 m"),
    (HEAD + "    param a: length ~ 1..2 m\n", "Remove this line", ""),
    (HEAD + "    do\n        ego.stop()\n", "Add ':'", "    do:"),
    (HEAD + "    stop after 9 s:\n", "Remove the ':'", "    stop after 9 s"),
    (HEAD + "    stop after 9 s\n        cite \"x\"\n", "Indent by 4 spaces", '    cite "x"'),
    (HEAD + '    cite "a report\n', "Close the string", '    cite "a report"'),
    (HEAD.replace("use driving", "use drivin"), "Replace by 'driving'", "use driving"),
    (HEAD.replace("use driving\n", ""), "Add 'use driving'", "use driving"),
    (HEAD.replace("    ", "\t"), "Indent the file with spaces", "    world street()"),
    (HEAD + "    override ego.speed = 6 m/s\n", "Remove 'override'", "    ego.speed = 6 m/s"),
]  # fmt: skip


def apply(text: str, fix: Fix) -> str:
    return apply_edits(analyse(text), fix.edits)


@pytest.mark.parametrize(("text", "title", "line"), CASES, ids=[c[1] for c in CASES])
def test_a_fix_puts_the_text_right(text: str, title: str, line: str):
    """The problem is gone after it, and the line is what a person would have written."""
    found = [f for f in fixes(analyse(text), 1, 99) if f.title == title]
    assert found, [f.title for f in fixes(analyse(text), 1, 99)]
    after = apply(text, found[0])
    assert line in after.split("\n"), after
    left = [(d.code, d.message) for d in analyse(after).examination.result.diagnostics]
    assert (found[0].problem.code, found[0].problem.message) not in left


@pytest.mark.parametrize("code", [c for c, p in PAGES.items() if p.bad])
def test_fixes_of_the_explained_mistakes_help(code: str):
    """Of every page that explains a diagnostic: a fix that is offered as the only sensible one removes the problem."""
    now = analyse(PAGES[code].bad)
    for fix in fixes(now, 1, 999):
        assert all(inside(now, e.span) for e in fix.edits)
        after = analyse(apply_edits(now, fix.edits))
        if fix.sure:
            assert fix.problem.code not in [d.code for d in after.examination.result.diagnostics], fix.title


def test_only_problems_of_the_lines_that_were_asked_for():
    """Editors ask for the lines of the cursor."""
    text = WHOLE.replace("ego.time_to", "ego.time_too")
    line = next(k for k, row in enumerate(text.split("\n"), 1) if "time_too" in row)
    assert [f.title for f in fixes(analyse(text), line, line)] == ["Replace by 'time_to'"]
    assert fixes(analyse(text), line + 1, line + 2) == ()
