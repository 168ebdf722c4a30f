"""A real client talks to a real server process over its pipes: every feature once, from start to exit."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

import pytest

from tests.lsp.client import Client
from tests.lsp.texts import WHOLE, find

URI = "file:///tmp/no%20such%20folder/whole.scn"
ABILITIES = {
    "general": {"positionEncodings": ["utf-16"]},
    "textDocument": {
        "completion": {"completionItem": {"snippetSupport": True}}, "rename": {"prepareSupport": True},
        "publishDiagnostics": {"relatedInformation": True},
    },
}  # fmt: skip


@pytest.fixture(scope="session")
def server() -> Iterator[Client]:
    """One process for all tests of this file."""
    pytest.importorskip("pygls", reason="needs the extra 'lsp'")
    client = Client(ABILITIES)
    yield client
    client.process.kill()


_versions = iter(range(1, 10_000))


@pytest.fixture()
def opened(server: Client) -> Iterator[Client]:
    """The text of the tests is open."""
    item = {"uri": URI, "languageId": "scn", "version": next(_versions), "text": WHOLE}
    server.tell("textDocument/didOpen", textDocument=item)
    server.problems(URI)
    yield server
    server.tell("textDocument/didClose", textDocument={"uri": URI})
    assert server.problems(URI) == []


def position(word: str, nth: int = 0, shift: int = 0) -> dict[str, int]:
    """Where a word stands (in a line of ASCII)."""
    line, column = find(WHOLE, word, nth)
    return {"line": line - 1, "character": column - 1 + shift}


def ask(server: Client, what: str, where: dict[str, int], **more: Any) -> Any:
    return server.ask(f"textDocument/{what}", textDocument={"uri": URI}, position=where, **more)


def change(server: Client, text: str) -> list[dict[str, Any]]:
    """The problems of a changed text."""
    version = {"uri": URI, "version": next(_versions)}
    server.tell("textDocument/didChange", textDocument=version, contentChanges=[{"text": text}])
    return server.problems(URI)


def piece(text: str, where: dict[str, Any]) -> str:
    """What stands in a range of UTF-16 code units."""
    rows = [r.encode("utf-16-le") for r in text.split("\n")]
    start, end = where["start"], where["end"]
    assert start["line"] == end["line"]
    return rows[start["line"]][2 * start["character"] : 2 * end["character"]].decode("utf-16-le")


def applied(text: str, edits: list[dict[str, Any]]) -> str:
    """The text after edits, by UTF-16 offsets: what an editor would do."""
    rows = text.split("\n")
    starts = [sum(len((r + "\n").encode("utf-16-le")) for r in rows[:k]) for k in range(len(rows))]
    data = text.encode("utf-16-le")
    spans = [
        (starts[e["range"][a]["line"]] + 2 * e["range"][a]["character"], e) for e in edits for a in ("start", "end")
    ]
    for (first, edit), (last, _) in sorted(zip(spans[::2], spans[1::2], strict=True), key=lambda p: -p[0][0]):
        data = data[:first] + edit["newText"].encode("utf-16-le") + data[last:]
    return data.decode("utf-16-le")


def test_the_server_says_what_it_can(server: Client):
    """Everything that docs/editor.md lists."""
    can = server.capabilities
    for name in ("hover", "definition", "references", "documentHighlight", "documentSymbol", "documentFormatting",
                 "foldingRange"):  # fmt: skip
        assert can[f"{name}Provider"] is True, name
    assert can["renameProvider"] == {"prepareProvider": True} and "." in can["completionProvider"]["triggerCharacters"]
    assert can["inlayHintProvider"] and can["semanticTokensProvider"]["full"] and can["codeActionProvider"]
    assert can["positionEncoding"] == "utf-16" and can["textDocumentSync"]["change"] == 1


def test_diagnostics_come_and_go(opened: Client):
    """After a pause of typing; the range counts UTF-16: behind an emoji it is one more than the characters. Of several
    quick changes only the last one is told of."""
    text = WHOLE.replace("v1 > v2", 'v1 > v3 "😀"').replace("require ego.speed * gap > 12 m", 'require gap > 3 m "😀"')
    for k in range(4):
        version = {"uri": URI, "version": next(_versions)}
        opened.tell("textDocument/didChange", textDocument=version, contentChanges=[{"text": WHOLE + f"# {k}\n"}])
    found = change(opened, text)
    by_code = {d["code"]: d for d in found}
    assert piece(text, by_code["E0201"]["range"]) == "v3" and "did you mean" in by_code["E0201"]["message"]
    assert by_code["E0203"]["severity"] == 1 and by_code["E0203"]["source"] == "simengine"
    labels = [piece(text, r["location"]["range"]) for r in by_code["E0203"]["relatedInformation"]]
    assert labels == ["gap", "3 m"]
    title = 'scenario whole "😀😀" v3'
    found = change(opened, WHOLE.replace('scenario whole "Ω 😀 a scenario"', title))
    assert [piece(WHOLE.replace('scenario whole "Ω 😀 a scenario"', title), d["range"]) for d in found][:1] == ["v3"]
    assert all(d["severity"] > 1 for d in change(opened, WHOLE))


def test_saving_tells_at_once(opened: Client):
    """Without a pause."""
    opened.tell("textDocument/didSave", textDocument={"uri": URI})
    assert all(d["severity"] > 1 for d in opened.problems(URI))


def test_quick_fix(opened: Client):
    """The edit of the fix gives the text that was meant."""
    text = WHOLE.replace("ego.time_to", "ego.time_too")
    change(opened, text)
    line = find(text, "time_too")[0] - 1
    where = {"start": {"line": line, "character": 0}, "end": {"line": line, "character": 9}}
    (fix,) = opened.ask("textDocument/codeAction", textDocument={"uri": URI}, range=where, context={"diagnostics": []})
    assert fix["kind"] == "quickfix" and fix["isPreferred"] and fix["diagnostics"][0]["code"] == "E0201"
    assert applied(text, fix["edit"]["changes"][URI]) == WHOLE


def test_hover(opened: Client):
    """Markdown about the word, and its range."""
    found = ask(opened, "hover", position("gap"))
    assert found["contents"]["kind"] == "markdown" and "param gap: time" in found["contents"]["value"]
    assert piece(WHOLE, found["range"]) == "gap"
    assert ask(opened, "hover", {"line": 1, "character": 0}) is None


def test_completion(opened: Client):
    """A proposal takes the place of the word that is being typed; snippets where the editor knows them."""
    text = WHOLE.replace("require v1 > v2", "require ego.se")
    change(opened, text)
    line, column = find(text, "ego.se")
    found = ask(opened, "completion", {"line": line - 1, "character": column - 1 + len("ego.se")})
    items = {i["label"]: i for i in found["items"]}
    sees = items["sees"]
    assert piece(text, sees["textEdit"]["range"]) == "se" and sees["textEdit"]["newText"] == "sees($0)"
    assert sees["insertTextFormat"] == 2 and "line of sight" in sees["documentation"]["value"]
    assert [i["sortText"] for i in found["items"]] == sorted(i["sortText"] for i in found["items"])


def test_indenting_offers_nothing(opened: Client):
    """A blank is a trigger behind words, not in front of them, where Enter would take the first proposal."""
    text = WHOLE + "    \n"
    change(opened, text)
    where = {"line": text.count("\n") - 1, "character": 4}
    found = ask(opened, "completion", where, context={"triggerKind": 2, "triggerCharacter": " "})
    assert found["items"] == []
    assert ask(opened, "completion", where, context={"triggerKind": 1})["items"]


def test_what_is_seldom_meant_is_a_hint(opened: Client):
    """A scenario that records nothing has no mistake, and a run gives no frames."""
    text = "\n".join(r for r in WHOLE.split("\n") if not r.strip().startswith(("record", "label")))
    hint = next(d for d in change(opened, text) if d["severity"] == 4)
    assert "no frames" in hint["message"] and piece(text, hint["range"]) == "whole"


def test_navigation(opened: Client):
    """From a use to the declaration, to all places, and the same ones highlighted."""
    found = ask(opened, "definition", position("out", 2))
    assert found["uri"] == URI and found["range"]["start"] == position("out")
    places = ask(opened, "references", position("out"), context={"includeDeclaration": True})
    assert len(places) == 4 and all(piece(WHOLE, p["range"]) == "out" for p in places)
    assert len(ask(opened, "references", position("out"), context={"includeDeclaration": False})) == 3
    kinds = [h["kind"] for h in ask(opened, "documentHighlight", position("out"))]
    assert sorted(kinds) == [2, 2, 2, 3]


def test_definitions_in_installed_scenarios(server: Client):
    """The file that came with the package, and the place in it."""
    uri = "file:///night.scn"
    text = "scenario night extends edge.child_dart_out:\n    require ego.speed > 6 m/s\n"
    item = {"uri": uri, "languageId": "scn", "version": 1, "text": text}
    server.tell("textDocument/didOpen", textDocument=item)
    assert all(d["severity"] > 1 for d in server.problems(uri))
    where = {"line": 1, "character": 13}
    found = server.ask("textDocument/definition", textDocument={"uri": uri}, position=where)
    file = Path(unquote(urlparse(found["uri"]).path))
    assert file.name == "child_dart_out.scn" and piece(file.read_text("utf-8"), found["range"]) == "ego"


def test_rename(opened: Client):
    """All places of an array's name, elements included; refusals are answers with a reason."""
    where = position("parked")
    asked = ask(opened, "prepareRename", where)
    assert asked["placeholder"] == "parked" and piece(WHOLE, asked["range"]) == "parked"
    edits = ask(opened, "rename", where, newName="standing")["changes"][URI]
    after = applied(WHOLE, edits)
    assert "parked" not in after and after.replace("standing", "parked") == WHOLE
    for name, why in (("kid", "declared already"), ("do", "word of the language")):
        refused = opened.answer("textDocument/rename", textDocument={"uri": URI}, position=where, newName=name)
        assert why in refused["error"]["message"]
    refused = opened.answer("textDocument/prepareRename", textDocument={"uri": URI}, position=position("street"))
    assert "no declared name" in refused["error"]["message"]


def test_structure(opened: Client):
    """Outline, folding, hints and colours."""
    (outline,) = opened.ask("textDocument/documentSymbol", textDocument={"uri": URI})
    assert outline["name"] == "whole" and "ego" in [c["name"] for c in outline["children"]]
    found = opened.ask("textDocument/foldingRange", textDocument={"uri": URI})
    assert {"startLine": find(WHOLE, "ego")[0] - 1, "endLine": find(WHOLE, "aeb")[0] - 1} in found
    everything = {"start": {"line": 0, "character": 0}, "end": {"line": 99, "character": 0}}
    shown = opened.ask("textDocument/inlayHint", textDocument={"uri": URI}, range=everything)
    assert "= 2..6 s" in [h["label"] for h in shown]
    data = opened.ask("textDocument/semanticTokens/full", textDocument={"uri": URI})["data"]
    legend = opened.capabilities["semanticTokensProvider"]["legend"]["tokenTypes"]
    words: dict[str, str] = {}
    line = start = 0
    for down, right, length, kind, _ in zip(*[iter(data)] * 5, strict=True):
        line, start = line + down, right if down else start + right
        where = {"start": {"line": line, "character": start}, "end": {"line": line, "character": start + length}}
        words[piece(WHOLE, where)] = legend[kind]
    assert (words["ego"], words["gap"], words["out"], words["sedan"]) == (
        "variable",
        "parameter",
        "event",
        "enumMember",
    )
    assert (words["sees"], words["car"], words["rain"]) == ("function", "type", "property")


def test_formatting(opened: Client):
    """What 'simengine fmt' makes; a text with a syntax error stays as it is."""
    untidy = WHOLE.replace("gap: time ~ 1..3 s", "gap : time~1 .. 3s")
    change(opened, untidy)
    options = {"tabSize": 4, "insertSpaces": True}
    edits = opened.ask("textDocument/formatting", textDocument={"uri": URI}, options=options)
    assert applied(untidy, edits) == WHOLE
    change(opened, WHOLE + "    require (\n")
    assert opened.ask("textDocument/formatting", textDocument={"uri": URI}, options=options) == []


def test_texts_that_are_not_open_get_empty_answers(server: Client):
    """Nothing is read from the disk on behalf of a client: this file exists."""
    uri = f"file://{__file__}"
    where = {"line": 3, "character": 4}
    assert server.ask("textDocument/hover", textDocument={"uri": uri}, position=where) is None
    assert server.ask("textDocument/documentSymbol", textDocument={"uri": uri}) == []
    found = server.ask("textDocument/completion", textDocument={"uri": uri}, position=where)
    assert found["items"] == []


def test_windows_line_ends_and_a_byte_order_mark(server: Client):
    """Positions stay those of the text as the editor has it."""
    uri = "file:///c%3A/windows.scn"
    text = "\ufeffscenario s:\r\n    let a = 2 m\r\n    require a > 1 s\r\n"
    item = {"uri": uri, "languageId": "scn", "version": 1, "text": text}
    server.tell("textDocument/didOpen", textDocument=item)
    (found,) = [d for d in server.problems(uri) if d["code"] == "E0203"]
    assert found["range"]["start"] == {"line": 2, "character": len("    require ")}
    outline = server.ask("textDocument/documentSymbol", textDocument={"uri": uri})
    assert outline[0]["selectionRange"]["start"] == {"line": 0, "character": 1 + len("scenario ")}


@pytest.mark.parametrize("text", ["", "\0", "\ud800" * 3, "(" * 5000, "scenario " * 4000, "use driving\n" * 3000])
def test_strange_texts_leave_the_server_alive(server: Client, text: str):
    """Each gets diagnostics and answers, none ends the process."""
    uri = "file:///strange.scn"
    item = {"uri": uri, "languageId": "scn", "version": 1, "text": text}
    server.tell("textDocument/didOpen", textDocument=item)
    assert server.problems(uri)
    server.ask("textDocument/completion", textDocument={"uri": uri}, position={"line": 0, "character": 1})
    server.ask("textDocument/semanticTokens/full", textDocument={"uri": uri})
    server.tell("textDocument/didClose", textDocument={"uri": uri})
    assert server.problems(uri) == [] and server.process.poll() is None


def test_one_editor_over_a_port():
    """As over pipes; positions in the code units that the editor prefers; the server ends with its editor."""
    pytest.importorskip("pygls", reason="needs the extra 'lsp'")
    from simengine.lsp.server import serve

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    thread = threading.Thread(target=serve, args=(port,), daemon=True)
    thread.start()
    connection = _connected(port)
    encoding, units = "utf-8", 4  # of the emoji
    with connection, connection.makefile("rb") as answers:
        start = {"processId": None, "rootUri": None, "capabilities": {"general": {"positionEncodings": [encoding]}}}
        can = _exchange(connection, answers, "initialize", start)["result"]["capabilities"]
        assert can["positionEncoding"] == encoding
        text = 'scenario s "😀" x:\n'
        item = {"uri": "file:///a.scn", "languageId": "scn", "version": 1, "text": text}
        found = _exchange(connection, answers, "textDocument/didOpen", {"textDocument": item}, answered=False)
        start_of = found["params"]["diagnostics"][0]["range"]["start"]
        assert start_of == {"line": 0, "character": len('scenario s ""') + units + 1}
        _exchange(connection, answers, "shutdown", None)
        _send(connection, {"method": "exit"})
    thread.join(600)
    assert not thread.is_alive()


def _connected(port: int) -> socket.socket:
    for _ in range(600):
        with suppress(ConnectionRefusedError):
            return socket.create_connection(("127.0.0.1", port), 60)
        time.sleep(0.05)
    raise AssertionError("no server")


def _send(connection: socket.socket, message: dict[str, Any]) -> None:
    body = json.dumps({"jsonrpc": "2.0", **message}).encode()
    connection.sendall(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))


def _exchange(
    connection: socket.socket, answers: Any, method: str, params: Any, answered: bool = True
) -> dict[str, Any]:
    """The next message after one of ours."""
    _send(connection, {"method": method, "params": params, **({"id": 1} if answered else {})})
    size = int(answers.readline().split(b":")[1])
    while answers.readline().strip():
        pass
    return json.loads(answers.read(size))


def test_it_ends_when_asked(server: Client):
    """Exit code 0 after shutdown, and nothing was complained about on the way."""
    assert server.end() == 0
    assert b"".join(server.errors) == b""
