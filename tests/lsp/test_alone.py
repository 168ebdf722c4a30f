"""The answers touch nothing outside: a text from anywhere is safe to open in an editor."""

from __future__ import annotations

from tests.audit import touched
from tests.lsp.test_fuzz import ask_everything
from tests.lsp.texts import WHOLE, analyse, find

HOSTILE = 'use os\nuse ..etc.passwd\nscenario t extends ..etc.passwd:\n    world street("/etc/passwd")\n    cite "file:///etc/x"\n'


def test_nothing_outside_is_touched():
    """Python's audit events for files, sockets, processes, imports and compiled code: none while questions are answered
    about a right, a broken and a hostile text (modules that an answer needs are loaded once, before)."""

    def work() -> None:
        for text in (WHOLE, WHOLE.replace("(", "["), HOSTILE):
            now = analyse(text)
            for word in ("ego", "gap", "require", "whole", "street"):
                if word in text:
                    ask_everything(now, *find(text, word), whole=word == "street")

    assert touched(work) == []
