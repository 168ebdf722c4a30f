"""A client of the Language Server Protocol in plain JSON over pipes: it shares nothing with the server's library."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
from typing import Any

WAIT_S = 300.0
START = "import sys; sys.argv = ['simengine', 'lsp']\nfrom simengine.cli import main\nmain()"


class Client:
    """Starts a server and talks to it."""

    def __init__(self, capabilities: dict[str, Any]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", START], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        self.number = 0
        self.answers: dict[int, dict[str, Any]] = {}
        self.notes: list[dict[str, Any]] = []
        self.inbox: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self.errors: list[bytes] = []
        threading.Thread(target=self._read, daemon=True).start()
        threading.Thread(target=self._listen, daemon=True).start()
        self.capabilities = self.ask("initialize", processId=None, rootUri=None, capabilities=capabilities)[
            "capabilities"
        ]
        self.tell("initialized")

    def _read(self) -> None:
        pipe = self.process.stdout
        assert pipe is not None
        while True:
            size = 0
            while (line := pipe.readline().strip()) != b"":
                name, _, value = line.partition(b":")
                size = int(value) if name.lower() == b"content-length" else size
            if not size:
                self.inbox.put(None)
                return
            self.inbox.put(json.loads(pipe.read(size)))

    def _listen(self) -> None:
        assert self.process.stderr is not None
        self.errors += self.process.stderr.readlines()

    def _send(self, message: dict[str, Any]) -> None:
        assert self.process.stdin is not None
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self.process.stdin.flush()

    def _next(self) -> dict[str, Any]:
        found = self.inbox.get(timeout=WAIT_S)
        assert found is not None, b"".join(self.errors).decode()
        return found

    def tell(self, method: str, **params: Any) -> None:
        """A notification."""
        self._send({"method": method, "params": params})

    def answer(self, method: str, **params: Any) -> dict[str, Any]:
        """The whole answer to a request: with ``result`` or ``error``."""
        self.number += 1
        self._send({"id": self.number, "method": method, "params": params})
        while True:
            found = self._next()
            if found.get("id") == self.number and "method" not in found:
                return found
            self.notes.append(found)

    def ask(self, method: str, **params: Any) -> Any:
        """The result of a request."""
        found = self.answer(method, **params)
        assert "error" not in found, found
        return found["result"]

    def problems(self, uri: str) -> list[dict[str, Any]]:
        """The next diagnostics of a text."""
        while True:
            for k, note in enumerate(self.notes):
                if note["method"] == "textDocument/publishDiagnostics" and note["params"]["uri"] == uri:
                    del self.notes[k]
                    return note["params"]["diagnostics"]
            self.notes.append(self._next())

    def end(self) -> int:
        """Shut the server down; its exit code."""
        self.ask("shutdown")
        self.tell("exit")
        return self.process.wait(WAIT_S)
