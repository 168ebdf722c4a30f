"""The language server: requests of an editor to pure answers. It writes and executes nothing; of files it reads only
the installed scenarios that a text extends."""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from urllib.parse import unquote, urlparse

from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcInvalidParams
from pygls.lsp.server import LanguageServer

from simengine.engine.catalogue import find_scenario, installed_scenarios, libraries
from simengine.errors import SimEngineError
from simengine.language.format import format_text
from simengine.language.terms import Span
from simengine.lsp import wire
from simengine.lsp.analysis import Analysis
from simengine.lsp.colours import colours
from simengine.lsp.completion import complete
from simengine.lsp.fixes import fixes
from simengine.lsp.hints import hints
from simengine.lsp.hover import hover
from simengine.lsp.layout import Layout
from simengine.lsp.navigation import Edit, definition, rename, renameable, uses
from simengine.lsp.outline import folds, symbols
from simengine.world.library import Library

__all__ = ["make_server", "serve"]

_DELAY_S = 0.15
"""Typing pauses so long before its problems are shown; longer where a check takes long."""
_TRIGGERS = [".", "=", "~", ":", "(", "{", ",", " "]


class _Document:
    """An open text: its newest state, analysed when somebody asks."""

    def __init__(self, uri: str, text: str, known: Mapping[str, Library], encoding: str) -> None:
        self.uri, self.known, self.encoding = uri, known, encoding
        self.text, self.number = text, 0
        self.cost_s = 0.0
        self.task: asyncio.Task[None] | None = None
        self._analysis: Analysis | None = None

    def change(self, text: str) -> None:
        self.text, self.number = text, self.number + 1

    def analysis(self) -> Analysis:
        """Of the newest text."""
        if self._analysis is None or self._analysis.text != self.text:
            started = time.perf_counter()
            self._analysis = Analysis(
                self.text, _name(self.uri), libraries=self.known, scenarios=installed_scenarios(),
                before=self._analysis, encoding=self.encoding,
            )  # fmt: skip
            self.cost_s = time.perf_counter() - started
        return self._analysis

    def cancel(self) -> None:
        """Forget a check that waits."""
        if self.task is not None:
            self.task.cancel()
            self.task = None


def _name(uri: str) -> str:
    """The last part of a URI, for messages."""
    return unquote(urlparse(uri).path).rpartition("/")[2] or uri[:80]


class ScenarioServer(LanguageServer):
    """A language server with the texts that are open."""

    def __init__(self) -> None:
        full = lsp.TextDocumentSyncKind.Full
        super().__init__("simengine", version("simengine-synth"), full)  # pyright: ignore[reportUnknownMemberType]
        self.documents: dict[str, _Document] = {}
        self.known: Mapping[str, Library] = {}
        self.snippets = self.related = False

    def learn(self, params: lsp.InitializeParams) -> None:
        """What the editor can show."""
        text = params.capabilities.text_document
        item = text.completion.completion_item if text and text.completion else None
        self.snippets = bool(item and item.snippet_support)
        self.related = bool(text and text.publish_diagnostics and text.publish_diagnostics.related_information)
        self.known = libraries()

    def open(self, uri: str, text: str) -> None:
        """A text is opened."""
        if (old := self.documents.pop(uri, None)) is not None:
            old.cancel()
        chosen = self.server_capabilities.position_encoding
        encoding = str(getattr(chosen, "value", chosen) or "utf-16")
        self.documents[uri] = _Document(uri, text, self.known, encoding)
        self.publish(uri)

    def change(self, uri: str) -> None:
        """A text has changed: its problems follow when typing pauses."""
        document = self.documents.get(uri)
        if document is None:
            return
        document.change(self.workspace.get_text_document(uri).source)
        document.cancel()
        document.task = asyncio.get_running_loop().create_task(self._later(document))

    async def _later(self, document: _Document) -> None:
        await asyncio.sleep(max(_DELAY_S, 2 * document.cost_s))
        document.task = None
        self.publish(document.uri)

    def close(self, uri: str) -> None:
        """A text is closed."""
        document = self.documents.pop(uri, None)
        if document is not None:
            document.cancel()
            self.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(uri, []))

    def publish(self, uri: str) -> None:
        """Show the problems of a text."""
        document = self.documents.get(uri)
        if document is None:
            return
        document.cancel()
        found = wire.diagnostics(document.analysis(), uri, self.related)
        self.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(uri, found))

    def at(self, uri: str, position: lsp.Position) -> tuple[Analysis, int, int] | None:
        """What is known of an open text, and the place in it."""
        document = self.documents.get(uri)
        if document is None:
            return None
        analysis = document.analysis()
        return analysis, *analysis.layout.place(position.line, position.character)

    def of(self, uri: str) -> Analysis | None:
        """What is known of an open text."""
        document = self.documents.get(uri)
        return document.analysis() if document is not None else None


def make_server() -> ScenarioServer:
    """A server with all features, not started."""
    server = ScenarioServer()
    _documents(server)
    _words(server)
    _names(server)
    _structure(server)
    return server


def _documents(server: ScenarioServer) -> None:
    @server.feature(lsp.INITIALIZE)
    def _(ls: ScenarioServer, params: lsp.InitializeParams) -> None:
        ls.learn(params)

    @server.feature(lsp.INITIALIZED)
    def _(ls: ScenarioServer, _params: lsp.InitializedParams) -> None:
        Analysis("scenario first:", libraries=ls.known)  # the tables of the grammar are made once a process

    @server.feature(lsp.TEXT_DOCUMENT_DID_OPEN)
    def _(ls: ScenarioServer, params: lsp.DidOpenTextDocumentParams) -> None:
        ls.open(params.text_document.uri, params.text_document.text)

    @server.feature(lsp.TEXT_DOCUMENT_DID_CHANGE)
    def _(ls: ScenarioServer, params: lsp.DidChangeTextDocumentParams) -> None:
        ls.change(params.text_document.uri)

    @server.feature(lsp.TEXT_DOCUMENT_DID_SAVE)
    def _(ls: ScenarioServer, params: lsp.DidSaveTextDocumentParams) -> None:
        ls.publish(params.text_document.uri)

    @server.feature(lsp.TEXT_DOCUMENT_DID_CLOSE)
    def _(ls: ScenarioServer, params: lsp.DidCloseTextDocumentParams) -> None:
        ls.close(params.text_document.uri)

    @server.feature(
        lsp.TEXT_DOCUMENT_CODE_ACTION, lsp.CodeActionOptions(code_action_kinds=[lsp.CodeActionKind.QuickFix])
    )
    def _(ls: ScenarioServer, params: lsp.CodeActionParams) -> list[lsp.CodeAction]:
        uri = params.text_document.uri
        analysis = ls.of(uri)
        if analysis is None:
            return []
        found = fixes(analysis, params.range.start.line + 1, params.range.end.line + 1)
        return [wire.action(analysis, uri, f) for f in found]

    @server.feature(lsp.TEXT_DOCUMENT_FORMATTING)
    def _(ls: ScenarioServer, params: lsp.DocumentFormattingParams) -> list[lsp.TextEdit]:
        document = ls.documents.get(params.text_document.uri)
        if document is None:
            return []
        made = format_text(document.text)
        layout = document.analysis().layout
        everything = Edit(Span(1, 1, *layout.end()), made.text.removeprefix("\ufeff"))
        return wire.edits(layout, [everything]) if made.changed else []


def _words(server: ScenarioServer) -> None:
    @server.feature(lsp.TEXT_DOCUMENT_HOVER)
    def _(ls: ScenarioServer, params: lsp.HoverParams) -> lsp.Hover | None:
        place = ls.at(params.text_document.uri, params.position)
        found = hover(*place) if place else None
        if place is None or found is None:
            return None
        text = lsp.MarkupContent(lsp.MarkupKind.Markdown, found.text)
        return lsp.Hover(text, wire.range_of(place[0].layout, found.span))

    @server.feature(lsp.TEXT_DOCUMENT_COMPLETION, lsp.CompletionOptions(trigger_characters=_TRIGGERS))
    def _(ls: ScenarioServer, params: lsp.CompletionParams) -> lsp.CompletionList:
        place = ls.at(params.text_document.uri, params.position)
        if place is None:
            return lsp.CompletionList(False, [])
        cursor, found = complete(*place)
        typed = params.context.trigger_character if params.context else None
        if typed == " " and not cursor.tokens:  # indenting is no question
            return lsp.CompletionList(False, [])
        where = wire.range_of(place[0].layout, cursor.word)
        made = [wire.completion_item(item, k, where, ls.snippets) for k, item in enumerate(found)]
        return lsp.CompletionList(False, made)

    @server.feature(lsp.TEXT_DOCUMENT_INLAY_HINT)
    def _(ls: ScenarioServer, params: lsp.InlayHintParams) -> list[lsp.InlayHint]:
        analysis = ls.of(params.text_document.uri)
        if analysis is None:
            return []
        found = hints(analysis, params.range.start.line + 1, params.range.end.line + 1)
        return [
            lsp.InlayHint(lsp.Position(*analysis.layout.position(h.line, h.column)), h.text, padding_left=True)
            for h in found
        ]

    @server.feature(lsp.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL, wire.legend())
    def _(ls: ScenarioServer, params: lsp.SemanticTokensParams) -> lsp.SemanticTokens:
        analysis = ls.of(params.text_document.uri)
        return lsp.SemanticTokens(wire.token_data(analysis.layout, colours(analysis)) if analysis else [])


def _names(server: ScenarioServer) -> None:
    @server.feature(lsp.TEXT_DOCUMENT_DEFINITION)
    def _(ls: ScenarioServer, params: lsp.DefinitionParams) -> lsp.Location | None:
        uri = params.text_document.uri
        place = ls.at(uri, params.position)
        span = definition(*place) if place else None
        if place is None or span is None:
            return None
        return _elsewhere(place[0], span) if span.file else lsp.Location(uri, wire.range_of(place[0].layout, span))

    @server.feature(lsp.TEXT_DOCUMENT_REFERENCES)
    def _(ls: ScenarioServer, params: lsp.ReferenceParams) -> list[lsp.Location]:
        uri = params.text_document.uri
        place = ls.at(uri, params.position)
        found = uses(*place, params.context.include_declaration) if place else ()
        return [lsp.Location(uri, wire.range_of(place[0].layout, o.span)) for o in found] if place else []

    @server.feature(lsp.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT)
    def _(ls: ScenarioServer, params: lsp.DocumentHighlightParams) -> list[lsp.DocumentHighlight]:
        place = ls.at(params.text_document.uri, params.position)
        if place is None:
            return []
        kinds = {True: lsp.DocumentHighlightKind.Write, False: lsp.DocumentHighlightKind.Read}
        return [lsp.DocumentHighlight(wire.range_of(place[0].layout, o.span), kinds[o.declares]) for o in uses(*place)]

    @server.feature(lsp.TEXT_DOCUMENT_PREPARE_RENAME)
    def _(ls: ScenarioServer, params: lsp.PrepareRenameParams) -> lsp.PrepareRenamePlaceholder | None:
        place = ls.at(params.text_document.uri, params.position)
        if place is None:
            return None
        try:
            found = renameable(*place)
        except SimEngineError as error:
            raise JsonRpcInvalidParams(str(error)) from None
        return lsp.PrepareRenamePlaceholder(wire.range_of(place[0].layout, found.span), found.target.name)

    @server.feature(lsp.TEXT_DOCUMENT_RENAME, lsp.RenameOptions(prepare_provider=True))
    def _(ls: ScenarioServer, params: lsp.RenameParams) -> lsp.WorkspaceEdit | None:
        uri = params.text_document.uri
        place = ls.at(uri, params.position)
        if place is None:
            return None
        try:
            found = rename(*place, params.new_name)
        except SimEngineError as error:
            raise JsonRpcInvalidParams(str(error)) from None
        return lsp.WorkspaceEdit({uri: wire.edits(place[0].layout, found)})


def _elsewhere(analysis: Analysis, span: Span) -> lsp.Location | None:
    """A place in an installed scenario that is extended."""
    text = analysis.examination.result.parents.get(span.file)
    origin = Path(find_scenario(span.file.rpartition(".")[2]).origin)
    if text is None or not origin.is_absolute():
        return None
    return lsp.Location(origin.as_uri(), wire.range_of(Layout(text, analysis.layout.encoding), span))


def _structure(server: ScenarioServer) -> None:
    @server.feature(lsp.TEXT_DOCUMENT_DOCUMENT_SYMBOL)
    def _(ls: ScenarioServer, params: lsp.DocumentSymbolParams) -> list[lsp.DocumentSymbol]:
        analysis = ls.of(params.text_document.uri)
        return [wire.symbol(analysis.layout, s) for s in symbols(analysis)] if analysis else []

    @server.feature(lsp.TEXT_DOCUMENT_FOLDING_RANGE)
    def _(ls: ScenarioServer, params: lsp.FoldingRangeParams) -> list[lsp.FoldingRange]:
        analysis = ls.of(params.text_document.uri)
        comment = lsp.FoldingRangeKind.Comment
        found = folds(analysis) if analysis else ()
        return [lsp.FoldingRange(f.first - 1, f.last - 1, kind=comment if f.comment else None) for f in found]


def _is_no_refusal(record: logging.LogRecord) -> bool:
    """An answer such as "this name is taken" is for the editor, not for the log."""
    return not (record.exc_info and isinstance(record.exc_info[1], JsonRpcInvalidParams))


def serve(port: int | None = None) -> None:
    """Serve an editor over standard input and output, or the first that connects to a port of this machine.

    Args:
        port: of 127.0.0.1; None: standard input and output.
    """
    logging.getLogger("pygls.protocol.json_rpc").addFilter(_is_no_refusal)
    server = make_server()
    if port is None:
        server.start_io()
        return
    with socket.create_server(("127.0.0.1", port)) as waiting:
        connection, _ = waiting.accept()
    with connection, connection.makefile("rb") as reader, connection.makefile("wb") as writer:
        server.start_io(reader, writer)
