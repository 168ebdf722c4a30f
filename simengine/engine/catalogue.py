"""Finding scenarios by name or path, and the libraries that they use."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from simengine import plugins
from simengine.errors import LimitError, PluginError, SimEngineError, UsageError, did_you_mean
from simengine.world.folder_library import FolderLibrary, read_folder
from simengine.world.library import Library

__all__ = [
    "MAX_SOURCE_BYTES",
    "ScenarioFile",
    "find_scenario",
    "folder_libraries",
    "installed_scenarios",
    "libraries",
    "read_scenario",
    "scenario_files",
    "use_folder",
]

LIBRARIES_VARIABLE = "SIMENGINE_LIBRARIES"
"""Environment variable: folders of users' libraries, separated as in PATH."""
MAX_SOURCE_BYTES = 1_000_000
"""Largest scenario file that is read."""


@dataclass(frozen=True)
class ScenarioFile:
    """A scenario file: ``name`` is the file's stem, ``topic`` its folder, ``source`` its text."""

    name: str
    topic: str
    origin: str
    source: str


@cache
def libraries() -> dict[str, Library]:
    """All installed libraries by name, and those of the folders that ``SIMENGINE_LIBRARIES`` names.

    Raises:
        PluginError: two libraries, or things of theirs, have one name.
        SceneError, LimitError: a folder is no library.
    """
    found: dict[str, Library] = {name: plugins.load("scenes", name) for name in plugins.installed("scenes")}
    taken = {kind: name for name, library in found.items() for kind in library.entities}
    for own in folder_libraries().values():
        if own.name in found:
            raise PluginError(f"the folder {own.folder} calls its library '{own.name}', which is installed: rename it")
        found[own.name] = own.library()
        for kind in found[own.name].entities:
            if kind in taken:
                raise PluginError(f"library '{own.name}' brings '{kind}', which '{taken[kind]}' has too: rename it")
            taken[kind] = own.name
    return found


@cache
def folder_libraries() -> dict[str, FolderLibrary]:
    """The libraries of users' folders by name: those that the environment variable ``SIMENGINE_LIBRARIES`` lists."""
    out: dict[str, FolderLibrary] = {}
    for folder in filter(None, os.environ.get(LIBRARIES_VARIABLE, "").split(os.pathsep)):
        read = read_folder(Path(folder).expanduser())
        known = out.setdefault(read.name, read)
        if known.folder != read.folder:
            raise PluginError(f"{known.folder} and {read.folder} both hold a library '{read.name}': rename one")
    return out


def use_folder(folder: str | Path) -> FolderLibrary:
    """Add the library of a folder, for this process and those that it starts: ``use NAME`` finds it from now on.

    Args:
        folder: holds a ``library.toml`` and meshes; see docs/assets.md.

    Raises:
        SceneError, LimitError: it is no library.
        PluginError: another library has its name.
    """
    read = read_folder(Path(folder))
    before = os.environ.get(LIBRARIES_VARIABLE)
    listed = [f for f in (before or "").split(os.pathsep) if f]
    if str(read.folder) not in listed:
        os.environ[LIBRARIES_VARIABLE] = os.pathsep.join([*listed, str(read.folder)])
    _forget()
    try:
        libraries()
    except SimEngineError:
        if before is None:
            del os.environ[LIBRARIES_VARIABLE]
        else:
            os.environ[LIBRARIES_VARIABLE] = before
        _forget()
        raise
    return folder_libraries()[read.name]


def _forget() -> None:
    libraries.cache_clear()
    folder_libraries.cache_clear()


def _walk(folder: Traversable, topic: str, found: dict[str, tuple[str, Traversable]]) -> None:
    for item in sorted(folder.iterdir(), key=lambda i: i.name):
        if item.is_dir():
            _walk(item, item.name, found)
        elif item.name.endswith(".scn"):
            found.setdefault(item.name.removesuffix(".scn"), (topic, item))


@cache
def _installed() -> dict[str, tuple[str, Traversable]]:
    found: dict[str, tuple[str, Traversable]] = {}
    for point in plugins.installed("scenarios").values():
        _walk(files(point.value.split(":")[0]), "", found)
    return dict(sorted(found.items()))


def _decode(raw: bytes, origin: str) -> str:
    if len(raw) > MAX_SOURCE_BYTES:
        raise LimitError(f"{origin} has {len(raw):,} bytes; a scenario file may have {MAX_SOURCE_BYTES:,}")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UsageError(f"{origin} is not UTF-8 text (byte {error.start}); save it as UTF-8") from None


class _Texts(Mapping[str, str]):
    """Texts of the installed scenarios by topic and name; each is read when it is asked for."""

    @cached_property
    def _items(self) -> dict[str, Traversable]:
        return {f"{topic}.{name}" if topic else name: item for name, (topic, item) in _installed().items()}

    def __getitem__(self, name: str) -> str:
        return _decode(self._items[name].read_bytes(), name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)


@cache
def installed_scenarios() -> Mapping[str, str]:
    """What ``extends`` finds beside the scenarios of a file: texts by name, as "edge.child_dart_out"."""
    return _Texts()


def scenario_files() -> list[ScenarioFile]:
    """The installed scenario library, by name."""
    return [
        ScenarioFile(name, topic, str(item), _decode(item.read_bytes(), item.name))
        for name, (topic, item) in _installed().items()
    ]


def _there(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # a name that cannot be
        return False


def find_scenario(name_or_path: str) -> ScenarioFile:
    """A scenario of the library by name, or a ``.scn`` file by path.

    Raises:
        UsageError: no such scenario or file (with the nearest name), or it cannot be read as text.
        LimitError: the file is larger than ``MAX_SOURCE_BYTES``.
    """
    known = _installed()
    if name_or_path in known:
        topic, item = known[name_or_path]
        return ScenarioFile(name_or_path, topic, str(item), _decode(item.read_bytes(), item.name))
    path = Path(name_or_path)
    if path.suffix not in (".scn", ".json") and not _there(path):
        near = did_you_mean(name_or_path[:200], list(known))
        hint = f"did you mean '{near}'?" if near else "see 'simengine list', or give the path of a .scn file"
        raise UsageError(f"no scenario named '{name_or_path[:200]}'; {hint}")
    return ScenarioFile(path.stem, "", str(path), read_scenario(path))


def read_scenario(path: Path) -> str:
    """The text of a scenario file; of a program in JSON form, its canonical text.

    Raises:
        UsageError: no such file, or it cannot be read as text.
        LimitError: the file is larger than ``MAX_SOURCE_BYTES``.
    """
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):  # a pipe could be waited for without end
            raise UsageError(f"cannot read the scenario file {path}: expected a file, found a folder, pipe or device")
        if status.st_size > MAX_SOURCE_BYTES:  # refused before it is read
            raise LimitError(f"{path} has {status.st_size:,} bytes; a scenario file may have {MAX_SOURCE_BYTES:,}")
        raw = path.read_bytes()
    except FileNotFoundError:
        raise UsageError(f"no scenario file at {path}") from None
    except OSError as error:
        raise UsageError(f"cannot read the scenario file {str(path)[:200]}: {error.strerror}") from None
    text = _decode(raw, str(path))
    if path.suffix != ".json":
        return text
    from simengine.language.exchange import text_of_json

    return text_of_json(text, str(path))


def library(name: str) -> Library:
    """One installed library.

    Raises:
        PluginError: it is not installed.
    """
    found = libraries()
    if name not in found:
        raise PluginError(f"no library named '{name}' is installed; installed: {', '.join(found) or 'none'}")
    return found[name]
