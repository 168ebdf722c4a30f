"""Workers on a Ray cluster (extra ``cluster``): the same episodes, made by other machines or by Ray on this one.

Every job is a Ray task. A worker that dies, or whose machine does, is replaced, and its job is done again from the
beginning: an episode's bytes depend on nothing but the job, and its folder appears complete or not at all. Episodes are
written where they are made, so all machines must see the dataset's folder under the same path.
"""

from __future__ import annotations

import contextlib
import logging
import os
import platform
import shutil
import signal
import tempfile
import threading
import time
import warnings
from collections.abc import Generator
from concurrent.futures import Future
from dataclasses import dataclass, replace
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from simengine.datasets import DatasetWriter
from simengine.datasets.writer import read_manifest
from simengine.engine.catalogue import folder_libraries, use_folder
from simengine.engine.episode import Job, Outcome
from simengine.engine.events import Event, Report, silent
from simengine.engine.options import RunOptions
from simengine.engine.production import write_episode
from simengine.engine.versions import versions
from simengine.errors import DatasetError, MissingExtraError, SimEngineError, UsageError
from simengine.language import Program

__all__ = ["Cluster", "require_ray"]

_RETRIES = 5
_STOP_S, _SEEN_S = 30.0, 10.0
_LONGEST_FOLDER = 25  # Ray puts sockets below it, whose paths must stay under 108 bytes


@dataclass(frozen=True)
class _Order:
    """What all tasks of a run share."""

    program: Program
    options: RunOptions
    root: Path
    threads: int
    folders: tuple[Path, ...]
    """Of users' libraries, under the same path on every machine."""


class Cluster:
    """A crew of Ray workers.

    Uses the connection to Ray that this process has already, and leaves it open; else opens one and closes it.

    Raises:
        MissingExtraError: no Ray.
        UsageError: no such cluster, or one without processors.
    """

    def __init__(self, program: Program, options: RunOptions, writer: DatasetWriter, report: Report) -> None:
        assert options.cluster is not None
        self._writer, self._folder = writer, ""
        self._running: dict[Future[Any], Any] = {}
        self._ray = _import_ray()
        self._own = not self._ray.is_initialized()
        where = "this machine" if options.cluster == "local" else options.cluster
        report(Event("stage", f"starting workers on {where} (Ray {self._ray.__version__})"))
        try:
            if self._own:
                self._connect(options)
            self.size, share = self._share(options)
            self._work: Any = self._ray.remote(_work).options(
                num_cpus=share, num_gpus=int(options.device == "cuda"), max_retries=_RETRIES
            )
            threads = max(1, (os.cpu_count() or 1) // self.size) if options.cluster == "local" else share
            self._order = self._ray.put(
                _Order(
                    program,
                    replace(options, device=options.used_device),
                    writer.root.resolve(),
                    threads,
                    tuple(own.folder for own in folder_libraries().values()),
                )
            )
        except BaseException:
            self.close()
            raise

    def _connect(self, options: RunOptions) -> None:
        try:
            with _undisturbed():
                if options.cluster == "local":
                    self._start(options.workers or os.cpu_count() or 1)
                else:
                    self._ray.init(options.cluster, log_to_driver=False, logging_level=logging.ERROR)
        except ImportError as error:
            raise MissingExtraError.of("cluster", f"--cluster {options.cluster}", error) from None
        except (OSError, RuntimeError, ValueError, self._ray.exceptions.RayError) as error:
            if options.cluster == "local":
                raise UsageError(f"Ray does not start on this machine: {_first_line(error)}") from None
            if "ray[client]" in str(error):  # Ray without its client, which it says in an error of no kind of its own
                what = f"--cluster {options.cluster}"
                raise MissingExtraError.of("cluster", what, ImportError("Ray without its client")) from None
            raise UsageError(
                f"no Ray cluster can be used at '{options.cluster}' ({_first_line(error)}); is it the port of its "
                "client server, with the same Ray here and there? one that asks for a token needs RAY_AUTH_MODE=token"
            ) from None

    def _start(self, processors: int) -> None:
        parent = tempfile.gettempdir()
        self._folder = tempfile.mkdtemp(prefix="simengine-", dir=parent if len(parent) <= _LONGEST_FOLDER else "/tmp")
        self._ray.init(
            "local", num_cpus=processors, include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR,
            _temp_dir=self._folder,
        )  # fmt: skip

    def _share(self, options: RunOptions) -> tuple[int, int]:
        """How many workers, and how many processors each of them takes."""
        nodes = [int(n["Resources"].get("CPU", 0)) for n in self._ray.nodes() if n["Alive"]]
        nodes = [n for n in nodes if n > 0]
        if not nodes:
            raise UsageError(f"the Ray cluster '{options.cluster}' has no processors; add a machine to it")
        size = options.workers or sum(nodes)
        return size, min(max(1, -(-sum(nodes) // size)), *nodes)

    def submit(self, job: Job) -> Future[Outcome]:
        """Have an episode made."""
        self._running = {f: r for f, r in self._running.items() if not f.done()}
        ref = self._work.remote(self._order, job)
        future: Future[Outcome] = ref.future()
        self._running[future] = ref
        return future

    def result(self, future: Future[Any]) -> Outcome:
        """Wait for an episode, and see that it is where it belongs."""
        try:
            made: SimEngineError | tuple[Outcome, str] = future.result()
        except self._ray.exceptions.RayTaskError as error:
            raise _cause(error) from None
        except self._ray.exceptions.RayError as error:
            raise DatasetError(
                f"the cluster lost an episode {_RETRIES + 1} times ({_first_line(error)}); complete episodes are kept: "
                "run again with --resume, and fewer --workers if memory is short"
            ) from None
        if isinstance(made, SimEngineError):
            raise made
        outcome, node = made
        if outcome.error is None:
            self._require_seen(outcome.variant, node)
        return outcome

    def _require_seen(self, variant: int, node: str) -> None:
        deadline = time.monotonic() + _SEEN_S  # network file systems may show it late
        while self._writer.status(variant) != "kept":
            if time.monotonic() > deadline:
                raise DatasetError(
                    f"machine '{node}' wrote episode {variant} into a '{self._writer.root.resolve()}' of its own; "
                    "--out must be a folder that all machines of the cluster share under the same path"
                )
            time.sleep(0.1)

    def stop(self, at_once: bool) -> None:
        """Give up everything: on a cluster it cannot be told what has begun."""
        left = [r for f, r in self._running.items() if not f.done()]
        with contextlib.suppress(Exception):  # the cluster may be gone
            for ref in left:
                self._ray.cancel(ref, force=True)
            self._ray.wait(left, num_returns=len(left), timeout=_STOP_S)

    def close(self) -> None:
        """Close the connection; a local Ray ends with it."""
        if self._own and self._ray.is_initialized():
            with _undisturbed():
                self._ray.shutdown()
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)
        self._own, self._folder = False, ""


def require_ray() -> None:
    """Look for Ray without importing it.

    Raises:
        MissingExtraError: there is none.
    """
    if find_spec("ray") is None:
        raise MissingExtraError.of("cluster", "--cluster", ImportError("No module named 'ray'"))


def _import_ray() -> Any:
    for name in ("RAY_USAGE_STATS_ENABLED", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO"):  # tells nobody, warns of nothing
        os.environ.setdefault(name, "0")
    try:
        return import_module("ray")
    except ImportError as error:
        raise MissingExtraError.of("cluster", "--cluster", error) from None


@contextlib.contextmanager
def _undisturbed() -> Generator[None, None, None]:
    """Ray neither talks nor changes what this process does on signals."""
    logger = logging.getLogger("ray")
    level = logger.level
    heeded: dict[int, Any] = {}
    if threading.current_thread() is threading.main_thread():
        heeded = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
        for number, handler in heeded.items():
            signal.signal(number, handler)


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)[:300]


def _cause(error: Any) -> Exception:
    """What went wrong in a task, without Ray's wrapping."""
    if isinstance(error.cause, ImportError):
        return DatasetError(
            f"a machine of the cluster cannot run the job ({error.cause}); install the same simengine-synth there"
        )
    return error.cause if isinstance(error.cause, Exception) else error


# ---- in a worker -----------------------------------------------------------------------------------------------------


def _work(order: _Order, job: Job) -> SimEngineError | tuple[Outcome, str]:
    """Make one episode; errors of ours are values, which Ray does not wrap."""
    os.environ["SIMENGINE_THREADS"] = str(order.threads)
    node = platform.node()
    try:
        for folder in order.folders:
            use_folder(folder)
        return _episode(order, job, node), node
    except SimEngineError as error:
        return error


def _episode(order: _Order, job: Job, node: str) -> Outcome:
    small, index = order.options.compress == "small", job.simulated.index
    if not order.root.is_dir():
        raise DatasetError(
            f"machine '{node}' does not see '{order.root}'; --out must be a folder that all machines of the cluster "
            "share under the same path"
        )
    with DatasetWriter.attach(order.root, small=small) as writer:
        _require_versions(writer.root, order, node)
        if (done := writer.frames(index)) is not None:  # by a worker that died before it could say so
            return Outcome(index, done, {})
        try:
            return write_episode(job, order.program, order.options, writer, silent)
        except DatasetError:
            if (done := writer.frames(index)) is not None:  # by one that was taken for dead
                return Outcome(index, done, {})
            raise


def _require_versions(root: Path, order: _Order, node: str) -> None:
    options = order.options
    identity: Any = read_manifest(root)["identity"]
    asked: dict[str, str] = identity["versions"]
    small = options.compress == "small"
    found = versions(options.renderer, options.device, small, options.settings, order.program.uses)
    if asked != found:
        wrong = ", ".join(f"{p} {found.get(p)} instead of {v}" for p, v in asked.items() if found.get(p) != v)
        raise DatasetError(f"machine '{node}' has {wrong}; the same bytes need the same versions on all machines")
