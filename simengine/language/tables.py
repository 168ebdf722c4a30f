"""The LALR tables of the grammar: read from a file made with the grammar, as making them takes a third of a second.

``tools/make_tables.py`` makes the file anew; a test tells when it must be. Tables that another version of Lark made are
not read: its own are made from the grammar then.
"""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from importlib.resources import files
from typing import Any

import lark
from lark import Lark
from lark.grammar import Rule
from lark.lexer import Lexer, TerminalDef

__all__ = ["STARTS", "NoLexer", "digest", "grammar", "made", "serialised", "text"]

STARTS = ("top_line", "body_line", "set_line", "case_line", "time_line")
_FILE = "tables.json"


class NoLexer(Lexer):
    """The tokens are fed by hand."""

    def __init__(self, lexer_conf: Any) -> None:
        super().__init__()

    def lex(self, lexer_state: Any, parser_state: Any) -> Any:
        """Never asked."""
        raise NotImplementedError


@lru_cache(maxsize=1)
def grammar() -> Lark:
    """The parser, made once a process."""
    stored = files("simengine.language").joinpath(_FILE)
    if not stored.is_file():
        return made()
    tables: dict[str, Any] = json.loads(stored.read_text("utf-8"), object_hook=_numbered)
    if tables["lark"] != lark.__version__:
        return made()
    tables["data"]["options"]["lexer"] = tables["data"]["parser"]["lexer_conf"]["lexer_type"] = NoLexer
    parser: Any = Lark
    return parser.load(tables)


def made() -> Lark:
    """The parser, from the grammar."""
    return Lark(
        text(), parser="lalr", lexer=NoLexer, start=list(STARTS), propagate_positions=True, maybe_placeholders=True
    )


def serialised() -> str:
    """The tables of the grammar as they stand in the file."""
    parser: Any = made()
    data, memo = parser.memo_serialize([TerminalDef, Rule])
    data["options"]["lexer"] = data["parser"]["lexer_conf"]["lexer_type"] = None
    made_of = {"lark": lark.__version__, "grammar": digest()}
    return json.dumps({**made_of, "data": data, "memo": memo}, separators=(",", ":")) + "\n"


def digest() -> str:
    """Of the grammar that tables are made of."""
    return hashlib.sha256(text().encode()).hexdigest()


def text() -> str:
    """The grammar."""
    return files("simengine.language").joinpath("grammar.lark").read_text("utf-8")


def _numbered(found: dict[str, Any]) -> dict[Any, Any]:
    """Keys that were numbers are numbers again."""
    return {int(k) if k.isdigit() else k: v for k, v in found.items()}
