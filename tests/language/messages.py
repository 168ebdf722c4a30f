"""Writes messages.txt, the reviewed messages: ``python -m tests.language.messages``. Read the difference first."""

from __future__ import annotations

from pathlib import Path

from simengine.language import render_diagnostics
from tests.language.mistakes import MISTAKES
from tests.language.programs import changed, check

FILE = Path(__file__).with_name("messages.txt")
_MARK = "=" * 10 + " "


def message(name: str) -> str:
    text = changed(*MISTAKES[name])
    return render_diagnostics(check(text).diagnostics, text)


def reviewed() -> dict[str, str]:
    sections = FILE.read_text("utf-8").split(_MARK)[1:]
    return {head.strip(): body.strip("\n") for head, _, body in (s.partition("\n") for s in sections)}


if __name__ == "__main__":
    FILE.write_text("".join(f"{_MARK}{n}\n{message(n)}\n\n" for n in MISTAKES), "utf-8")
