"""The command line: ``simengine run|check|sample|preview|list|bench|doctor``."""

from __future__ import annotations

import errno
import sys

__all__ = ["main"]

_INTERRUPTED = 130
_GO_ON = "\ninterrupted; complete episodes are kept, 'simengine run ... --resume' goes on from here\n"


def main() -> None:
    """Run the command line; every expected failure ends as one clear message and a non-zero exit code."""
    from simengine.cli.app import app
    from simengine.errors import SimEngineError

    try:
        app()
    except SystemExit as end:  # typer turns an interrupt into this code without a word
        if end.code == _INTERRUPTED:
            sys.stderr.write(_GO_ON)
        raise
    except SimEngineError as error:
        sys.stderr.write(f"error: {error}\n" if not str(error).startswith("error") else f"{error}\n")
        sys.exit(2)
    except KeyboardInterrupt:
        sys.stderr.write(_GO_ON)
        sys.exit(_INTERRUPTED)
    except BrokenPipeError:
        sys.exit(141)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EROFS, errno.EMFILE):
            raise
        sys.stderr.write(f"error: {error.strerror}: {error.filename or 'while writing'}\n")
        sys.exit(2)
