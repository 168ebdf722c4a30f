"""The command line: ``simengine run|check|sample|preview|verify|list|bench|doctor``."""

from __future__ import annotations

import signal
import sys
from types import FrameType

__all__ = ["main"]

_INTERRUPTED, _TERMINATED, _HUNG_UP = 130, 143, 129  # 128 + the signal's number, as shells have it
_ENDED = {_INTERRUPTED: "interrupted", _TERMINATED: "terminated", _HUNG_UP: "terminal closed"}
_GO_ON = "; complete episodes are kept, 'simengine run ... --resume' goes on from here"


def main() -> None:
    """Run the command line; every expected failure ends as one clear message and a non-zero exit code."""
    try:
        for number in (signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) is signal.SIG_DFL:  # (nohup wants to have it ignored)
                signal.signal(number, _leave)
        _run()
    except KeyboardInterrupt:
        _stop(_INTERRUPTED)
    except SystemExit as end:
        if end.code in _ENDED:  # typer turns an interrupt into its code without a word
            _stop(end.code)
        raise


def _leave(number: int, _: FrameType | None) -> None:
    """Unwind as after any failure, so that nothing half-written and no process stays."""
    raise SystemExit(128 + number)


def _stop(code: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # whoever is impatient now may end it at once
    sys.stderr.write(f"\n{_ENDED[code]}{_GO_ON if sys.argv[1:2] == ['run'] else ''}\n")
    sys.exit(code)


def _run() -> None:
    from simengine.cli.app import app
    from simengine.errors import SimEngineError

    try:
        app()
    except SimEngineError as error:
        _fail(str(error))
    except BrokenPipeError:
        sys.exit(141)
    except MemoryError:
        _fail("out of memory; give fewer --workers, or less at a time")
    except OSError as error:
        _fail(f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}; nothing more was written")


def _fail(message: str) -> None:
    sys.stderr.write(f"error: {message}\n" if not message.startswith("error") else f"{message}\n")
    sys.exit(2)
