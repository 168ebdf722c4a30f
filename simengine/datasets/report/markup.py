"""HTML that is safe by construction: text is escaped unless it was made by :func:`el`."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

__all__ = ["Html", "el", "join"]

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f]")
_VOID = frozenset({"img", "meta", "br", "col"})


class Html(str):
    """Finished markup. Everything else is text and gets escaped when it is put into an element."""

    __slots__ = ()


def _escaped(child: str) -> str:
    if isinstance(child, Html):
        return child
    printable = _CONTROL.sub("\ufffd", child)
    return html.escape(printable.encode("utf-8", "replace").decode(), quote=True)


def el(name: str, /, *children: str, **attributes: str | None) -> Html:
    """One element. ``class_`` gives ``class``, ``data_v`` gives ``data-v``; an attribute of None is left out."""
    inside = "".join(
        f' {key.strip("_").replace("_", "-")}="{_escaped(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in _VOID:
        return Html(f"<{name}{inside}>")
    return Html(f"<{name}{inside}>{''.join(_escaped(c) for c in children)}</{name}>")


def join(parts: Iterable[str]) -> Html:
    """Elements and texts one after the other."""
    return Html("".join(_escaped(p) for p in parts))
