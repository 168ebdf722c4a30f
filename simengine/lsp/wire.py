"""Answers in the words of the Language Server Protocol."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from lsprotocol import types as lsp

from simengine.engine.inspect import advice
from simengine.language.diagnostics import Diagnostic
from simengine.language.terms import Span
from simengine.lsp import colours as colouring
from simengine.lsp.analysis import Analysis
from simengine.lsp.fixes import Fix
from simengine.lsp.items import Item
from simengine.lsp.layout import Layout
from simengine.lsp.navigation import Edit
from simengine.lsp.outline import Symbol

__all__ = ["action", "completion_item", "diagnostics", "edits", "legend", "range_of", "symbol", "token_data"]

_START = Span(1, 1, 1, 2)
_ITEMS = {
    "keyword": lsp.CompletionItemKind.Keyword, "property": lsp.CompletionItemKind.Property,
    "method": lsp.CompletionItemKind.Method, "function": lsp.CompletionItemKind.Function,
    "value": lsp.CompletionItemKind.EnumMember, "unit": lsp.CompletionItemKind.Unit,
    "entity": lsp.CompletionItemKind.Variable, "sensor": lsp.CompletionItemKind.Interface,
    "param": lsp.CompletionItemKind.Variable, "phase": lsp.CompletionItemKind.Event,
    "event": lsp.CompletionItemKind.Event, "type": lsp.CompletionItemKind.Class,
    "world": lsp.CompletionItemKind.Module, "library": lsp.CompletionItemKind.Module,
    "channel": lsp.CompletionItemKind.Field, "variable": lsp.CompletionItemKind.Variable,
    "scenario": lsp.CompletionItemKind.Module, "place": lsp.CompletionItemKind.Reference,
    "cover": lsp.CompletionItemKind.Field,
}  # fmt: skip
_SYMBOLS = {
    "scenario": lsp.SymbolKind.Module, "world": lsp.SymbolKind.Namespace, "entity": lsp.SymbolKind.Object,
    "sensor": lsp.SymbolKind.Interface, "param": lsp.SymbolKind.Variable, "let": lsp.SymbolKind.Constant,
    "choice": lsp.SymbolKind.Enum, "block": lsp.SymbolKind.Function, "phase": lsp.SymbolKind.Event,
    "condition": lsp.SymbolKind.Boolean, "cover": lsp.SymbolKind.Field, "setting": lsp.SymbolKind.Property,
    "action": lsp.SymbolKind.Method,
}  # fmt: skip


def range_of(layout: Layout, span: Span) -> lsp.Range:
    """A span as the editor counts."""
    start = layout.position(span.line, span.column)
    end = layout.position(span.end_line, span.end_column)
    return lsp.Range(lsp.Position(*start), lsp.Position(*max(start, end)))


def diagnostics(analysis: Analysis, uri: str, related: bool = True) -> list[lsp.Diagnostic]:
    """All problems of a text, and what is no mistake and yet seldom meant.

    ``related``: the editor shows secondary places.
    """
    found = [_diagnostic(analysis, d, uri, related) for d in analysis.examination.result.diagnostics]
    heads = {s.names[0].id: s.names[0].span for s in analysis.examination.statements if s.kind == "scenario"}
    for program in analysis.examination.result.programs:
        for text in advice(program):
            where = range_of(analysis.layout, heads.get(program.name, _START))
            found.append(lsp.Diagnostic(where, text, lsp.DiagnosticSeverity.Hint, source="simengine"))
    return found


def _diagnostic(analysis: Analysis, d: Diagnostic, uri: str, related: bool) -> lsp.Diagnostic:
    layout = analysis.layout
    message = f"{d.span.where}: {d.message}" if d.span.file else d.message
    parts = [message, *([f"help: {d.help}"] if d.help else []), *([f"note: {d.note}"] if d.note else [])]
    severity = lsp.DiagnosticSeverity.Error if d.severity == "error" else lsp.DiagnosticSeverity.Warning
    places = [
        lsp.DiagnosticRelatedInformation(lsp.Location(uri, range_of(layout, x.span)), x.text)
        for x in d.labels
        if not x.span.file
    ]
    return lsp.Diagnostic(
        _place(analysis, d), "\n".join(parts), severity, d.code, source="simengine",
        tags=[lsp.DiagnosticTag.Unnecessary] if d.code in ("W0301", "W0310") else None,
        related_information=places or None if related else None,
    )  # fmt: skip


def _place(analysis: Analysis, d: Diagnostic) -> lsp.Range:
    """Where a problem is marked; one in a scenario that is extended where that is named."""
    if not d.span.file:
        return range_of(analysis.layout, d.span)
    bases = [s.type_name for s in analysis.examination.statements if s.type_name is not None]
    named = [b.span for b in bases if b.id in (d.span.file, d.span.file.rpartition(".")[2])]
    return range_of(analysis.layout, next(iter(named), bases[0].span if bases else _START))


def completion_item(item: Item, rank: int, where: lsp.Range, snippets: bool) -> lsp.CompletionItem:
    """A proposal that takes the place of what is typed."""
    text = item.insert or item.label
    plain = text.replace("$0", "")
    filled = snippets and "$0" in text
    return lsp.CompletionItem(
        item.label, kind=_ITEMS[item.sort], detail=item.detail or None,
        documentation=lsp.MarkupContent(lsp.MarkupKind.Markdown, item.doc) if item.doc else None,
        sort_text=f"{item.rank}{rank:04d}",
        insert_text_format=lsp.InsertTextFormat.Snippet if filled else lsp.InsertTextFormat.PlainText,
        text_edit=lsp.TextEdit(where, text if filled else plain),
    )  # fmt: skip


def edits(layout: Layout, found: Iterable[Edit]) -> list[lsp.TextEdit]:
    """Edits of a text."""
    return [lsp.TextEdit(range_of(layout, e.span), e.text) for e in found]


def action(analysis: Analysis, uri: str, fix: Fix) -> lsp.CodeAction:
    """A quick fix."""
    return lsp.CodeAction(
        fix.title, lsp.CodeActionKind.QuickFix, [_diagnostic(analysis, fix.problem, uri, True)],
        is_preferred=fix.sure or None, edit=lsp.WorkspaceEdit({uri: edits(analysis.layout, fix.edits)}),
    )  # fmt: skip


def symbol(layout: Layout, found: Symbol) -> lsp.DocumentSymbol:
    """A part of the outline."""
    return lsp.DocumentSymbol(
        found.name or "...", _SYMBOLS[found.kind], range_of(layout, found.span), range_of(layout, found.selection),
        found.detail or None, children=[symbol(layout, c) for c in found.children],
    )  # fmt: skip


def legend() -> lsp.SemanticTokensLegend:
    """Kinds of words."""
    return lsp.SemanticTokensLegend(list(colouring.KINDS), ["declaration"])


def token_data(layout: Layout, found: Sequence[colouring.Colour]) -> list[int]:
    """Words as differences, five numbers each."""
    return list(_differences(layout, found))


def _differences(layout: Layout, found: Sequence[colouring.Colour]) -> Iterator[int]:
    row = column = 0
    for colour in found:
        span = colour.span
        line, start = layout.position(span.line, span.column)
        end = layout.position(span.end_line, span.end_column)[1]
        yield from (line - row, start - column if line == row else start, end - start)
        yield from (colouring.KINDS.index(colour.kind), int(colour.declares))
        row, column = line, start
