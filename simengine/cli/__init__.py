"""The command line: ``simengine run|check|sample|preview|verify|list|bench|doctor``."""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import Any, cast

__all__ = ["main"]

_INTERRUPTED, _TERMINATED, _HUNG_UP = 130, 143, 129  # 128 + the signal's number, as shells have it
_ENDED = {_INTERRUPTED: "interrupted", _TERMINATED: "terminated", _HUNG_UP: "terminal closed"}
_GO_ON = {
    "run": "; complete episodes are kept, 'simengine run ... --resume' goes on from here",
    "neural": "; the same command goes on from here",
}


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
    sys.stderr.write(f"\n{_ENDED[code]}{_GO_ON.get(sys.argv[1] if sys.argv[1:] else '', '')}\n")
    sys.exit(code)


def _run() -> None:
    import typer

    from simengine.cli.app import app
    from simengine.errors import SimEngineError

    wrong_call = cast("type[Exception]", typer.BadParameter.__mro__[1])  # click's UsageError, whoever ships it
    try:
        code: object = app(standalone_mode=False)
        if isinstance(code, int) and code:
            sys.exit(code)
    except wrong_call as error:
        _fail(_wrong_call(error))
    except SimEngineError as error:
        _fail(str(error))
    except BrokenPipeError:
        sys.exit(141)
    except MemoryError:
        _fail("out of memory; ask for less at a time, or where several processes work, give fewer --workers")
    except OSError as error:
        _fail(f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}; nothing more was written")


def _wrong_call(error: BaseException) -> str:
    """What click says about a wrong option or argument, as one line."""
    if type(error).__name__ == "NoArgsIsHelpError":  # the help is printed already
        sys.exit(2)
    context: Any = getattr(error, "ctx", None)
    where = f"see '{context.command_path} --help'" if context is not None else "see --help"
    option: str | None = getattr(error, "option_name", None)
    if option is not None and hasattr(error, "possibilities"):
        near: Sequence[str] = getattr(error, "possibilities", None) or ()
        return f"no option {option}; " + (f"did you mean '{near[0]}'?" if near else where)
    said = " ".join(str(getattr(error, "format_message", error.__str__)()).split())
    if "extra argument" in said and (better := _plan_with_a_number(sys.argv)):
        return better
    said = said[:1].lower() + said[1:].rstrip(".").replace("'. Did you mean", "'; did you mean")
    return said if said.endswith("?") else f"{said}; {where}"


def _plan_with_a_number(words: Sequence[str]) -> str:
    """``--plan cover 2``: the number belongs to the plan; "" where it is nothing like that."""
    for option, plan, number in zip(words, words[1:], words[2:], strict=False):
        if option == "--plan" and number.isdigit():
            return f"'{plan} {number}' is no plan; write '--plan {plan}:{number}'"
    return ""


def _fail(message: str) -> None:
    sys.stderr.write(f"error: {message}\n" if not message.startswith("error") else f"{message}\n")
    sys.exit(2)
