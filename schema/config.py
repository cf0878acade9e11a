"""A project's config file: found, read and checked, without running any of the project's code."""

from __future__ import annotations

import os
import re
import subprocess
import tomllib
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from configparser import Error as IniError
from configparser import InterpolationError
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.util import CommandError

from schema.errors import ConfigError
from schema.worker.failure import percent_words, redact

__all__ = ["ConfigFiles", "find_config"]


def find_config(given: str | Path | None = None) -> Path:
    """The config file: ``given`` (a file or a folder), else ``ALEMBIC_CONFIG``, else from here up.

    Raises ConfigError when there is none.
    """
    if given is not None:
        return _checked(Path(given).expanduser(), "")
    named = os.environ.get("ALEMBIC_CONFIG")
    if named:
        return _checked(Path(named).expanduser(), " (from ALEMBIC_CONFIG)")
    here = Path.cwd()
    for folder in (here, *here.parents):
        found = _in_folder(folder)
        if found:
            return found
    raise ConfigError(
        f"No alembic.ini, and no pyproject.toml with [tool.alembic], in {here} or above. "
        "Name the config: -c path/to/alembic.ini, Project.open(…), or ALEMBIC_CONFIG; or, where "
        "there is none, the folder of env.py: --script-location."
    )


def _checked(path: Path, source: str) -> Path:
    path = path.absolute()
    if path.is_dir():
        found = _in_folder(path)
        if not found:
            raise ConfigError(f"The folder {path}{source} holds no Alembic config.")
        return found
    if not path.is_file():
        raise ConfigError(f"There is no config file {path}{source}.")
    return path


def _in_folder(folder: Path) -> Path | None:
    ini = folder / "alembic.ini"
    if ini.is_file():
        return ini
    toml = folder / "pyproject.toml"
    if toml.is_file() and _has_table(toml):
        return toml
    flask = folder / "migrations" / "alembic.ini"
    return flask if flask.is_file() and flask.with_name("env.py").is_file() else None


def _has_table(path: Path) -> bool:
    """Whether a pyproject.toml has ``[tool.alembic]``; one that is broken has not."""
    try:
        return "alembic" in _tables(path)
    except ConfigError:
        return False


def _tables(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            found = tomllib.load(file).get("tool", {})
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error
    return found if isinstance(found, dict) else {}


@dataclass(frozen=True)
class ConfigFiles:
    """A config as read: where its files and folders are. All paths are absolute.

    ``section`` is the ini's section that counts, and ``x_arguments`` what env.py gets from
    ``context.get_x_argument()``: Alembic's own ``-n`` and ``-x``. ``engines`` are the databases
    that an env.py of Alembic's multidb template goes through; with one chosen, that one alone.
    ``replaced`` are options that hold instead of those in the files; ``paths`` are folders in which
    the project's modules are looked for before all others. ``before_base`` is ``module:attribute``
    of what is there before the first revision.

    ``engine`` is the database to follow where no option names those that env.py goes through.
    ``metadata`` (``module:attribute``) are the models instead of those that env.py passes. Without
    a config file, ``path`` is that of env.py, and ``folder`` is where the project's code runs.
    """

    path: Path
    ini: Path | None
    toml: Path | None
    script_location: Path
    version_locations: tuple[Path, ...]
    recursive: bool
    options: dict[str, str]
    section: str = "alembic"
    x_arguments: tuple[str, ...] = ()
    replaced: dict[str, str] = field(default_factory=dict)
    engines: tuple[str, ...] = ()
    paths: tuple[Path, ...] = ()
    before_base: str | None = None
    engine: str | None = None
    metadata: str | None = None
    folder: Path | None = None

    @property
    def root(self) -> Path:
        """Where the project's code runs: beside the config, or, as for Flask, above it.

        Above the whole package, where Flask-Migrate's folder lies within one.
        """
        if self.folder is not None:
            return self.folder
        is_inside = self.replaced.get("script_location") == str(self.path.parent)
        folders = self.path.parents[1:] if is_inside else self.path.parents
        return next(each for each in folders if not is_inside or not _is_package(each))

    @property
    def may_lack_url(self) -> bool:
        """Whether env.py perhaps waits for a ``sqlalchemy.url`` that an application sets."""
        there = self.options.get("sqlalchemy.url", "")
        return not there or there.startswith("driver://")

    @classmethod
    def read(
        cls,
        path: Path,
        *,
        section: str = "alembic",
        x_arguments: Sequence[str] = (),
        engine: str | None = None,
        before_base: str | None = None,
        location: str | None = None,
        metadata: str | None = None,
        python: Callable[[Path], Path] | None = None,
    ) -> ConfigFiles:
        """Read a config file. Raises ConfigError when it, or what it names, is not usable.

        ``location`` holds instead of its ``script_location``. ``python`` gives the interpreter of a
        project in a folder: a package that is not there is looked for among those installed.
        """
        _check_metadata(metadata)
        ini, toml = _both(path)
        if ini is not None and not os.access(ini, os.R_OK):
            # The ini's parser would take it for an empty one.
            raise ConfigError(f"{ini} cannot be read: the user who runs this has no right to.")
        config = Config(ini, toml_file=toml, ini_section=section)
        _check_section(config, path, section)
        if location is not None:
            config.set_main_option("script_location", _absolute(location).replace("%", "%%"))
        try:
            with warnings.catch_warnings():
                # An old spelling in a config is for the project's developers, not for our users.
                warnings.simplefilter("ignore", DeprecationWarning)
                find = _Finder(path.parent, config.get_prepend_sys_paths_list() or (), python)
                script_location = _script_location(config, path, find)
                versions = _version_locations(config, script_location, find)
            recursive = config.get_alembic_boolean_option("recursive_version_locations")
            options = _options(config, section)
        except (CommandError, IniError, ValueError) as error:
            raise ConfigError(_told(path, error)) from None
        folders = script_location, versions, bool(recursive)
        is_named = location is None and _names_scripts(config)
        replaced = {} if is_named else {"script_location": str(script_location)}
        engines = _engines(options)
        if engine is not None and engines:
            _check_engine(engine, engines, path)
            replaced["databases"], engines, engine = engine, (engine,), None
        told = (*folders, options, section, tuple(x_arguments))
        first = before_base and _with_absolute_path(before_base)
        return cls(
            path, ini, toml, *told, replaced, engines,
            before_base=first, engine=engine, metadata=metadata,
        )  # fmt: skip

    @classmethod
    def without_file(
        cls,
        location: str,
        *,
        x_arguments: Sequence[str] = (),
        engine: str | None = None,
        before_base: str | None = None,
        metadata: str | None = None,
        python: Callable[[Path], Path] | None = None,
    ) -> ConfigFiles:
        """The config of a project that has no file for it, as its application makes one by itself.

        ``location`` is the folder of env.py: a path, or ``package:folder``. The project's code runs
        in the working directory if that holds the folder, else where its outermost package is.
        Raises ConfigError.
        """
        _check_metadata(metadata)
        here = Path.cwd()
        folder = _Finder(here, (), python)(location)
        if not (folder / "env.py").is_file():
            what = "holds no env.py" if folder.is_dir() else "is no folder"
            raise ConfigError(f"The script location {location!r} {what}: {folder}.")
        top = folder.parent
        while (top / "__init__.py").is_file():
            top = top.parent
        root = here if folder.is_relative_to(here) else top
        return cls(
            folder / "env.py", None, None, folder, (folder / "versions",), recursive=False,
            options={"script_location": location}, x_arguments=tuple(x_arguments),
            replaced={"script_location": str(folder)}, paths=tuple(dict.fromkeys((root, top))),
            before_base=before_base and _with_absolute_path(before_base),
            engine=engine, metadata=metadata, folder=root,
        )  # fmt: skip

    def watched(self) -> Iterator[Path]:
        """The files whose change is a change of the project: config, env.py, revisions."""
        yield from (path for path in (self.ini, self.toml) if path)
        yield self.script_location / "env.py"
        for folder in self.version_locations:
            yield from sorted(folder.glob("**/*.py" if self.recursive else "*.py"))


def _both(path: Path) -> tuple[Path | None, Path | None]:
    """Alembic reads an ini and a pyproject.toml together; the other one is in the same folder."""
    if path.suffix == ".toml":
        ini = path.with_name("alembic.ini")
        return (ini if ini.is_file() else None), path
    toml = path.with_name("pyproject.toml")
    return path, (toml if toml.is_file() and _has_table(toml) else None)


def _is_package(folder: Path) -> bool:
    return (folder / "__init__.py").is_file()


def _names_scripts(config: Config) -> bool:
    return bool(config.get_alembic_option("script_location"))


def _script_location(config: Config, path: Path, find: Callable[[str], Path]) -> Path:
    name = config.get_alembic_option("script_location")
    if not name and (path.parent / "env.py").is_file():
        return path.parent  # Flask-Migrate names it when it runs: the folder of the config
    if not name:
        section = "[tool.alembic]" if path.suffix == ".toml" else f"[{config.config_ini_section}]"
        raise ConfigError(f"{path} has no script_location in its {section} section.")
    folder = find(name)
    if not folder.is_dir():
        raise ConfigError(f"The script_location {name!r} of {path} is no folder: {folder}.")
    if not (folder / "env.py").is_file():
        raise ConfigError(f"There is no env.py in {folder}, the script_location of {path}.")
    return folder


class _Finder:
    """Finds a folder that a config names: a path from the root, or ``package:folder``."""

    def __init__(
        self, root: Path, searched: Sequence[str], python: Callable[[Path], Path] | None
    ) -> None:
        self._root = root
        self._searched = [root, *(root / name for name in searched), root / "src"]
        self._python = python

    def __call__(self, name: str) -> Path:
        package, colon, inside = name.partition(":")
        if not colon or Path(name).is_absolute():
            return Path(os.path.normpath(self._root / name))
        # Found by its path: importing the package would run the project's code here.
        within = Path(package.replace(".", "/"), inside)
        places = [folder / within for folder in self._searched]
        found = next((place for place in places if place.is_dir()), None)
        found = found or self._installed(within)
        return Path(os.path.normpath(found or places[0]))

    def _installed(self, within: Path) -> Path | None:
        """The same in a package that the project's interpreter has; that is not imported either."""
        if self._python is None:
            return None
        command = [str(self._python(self._root)), "-c", _FOLDERS, within.parts[0]]
        try:
            ran = subprocess.run(command, capture_output=True, timeout=60, cwd=self._root)
        except (OSError, subprocess.SubprocessError):
            return None
        folders = ran.stdout.decode(errors="replace").splitlines()
        places = [Path(folder, *within.parts[1:]) for folder in folders]
        return next((place for place in places if place.is_dir()), None)


#: Prints the folders of a package, by its name; a package at the top is found without running it.
_FOLDERS = """
import importlib.util, sys
found = importlib.util.find_spec(sys.argv[1])
print(*(found.submodule_search_locations or () if found else ()), sep="\\n")
"""


def _absolute(location: str) -> str:
    """A path from the working directory; ``package:folder`` as it is."""
    is_package = ":" in location and not Path(location).is_absolute()
    return location if is_package else str(Path(location).expanduser().absolute())


def _check_metadata(name: str | None) -> None:
    if name is not None and not re.fullmatch(r"[^\W\d]\w*(\.\w+)*:[^\W\d]\w*(\.\w+)*", name):
        raise ConfigError(
            f"{name!r} names no models: it is MODULE:ATTRIBUTE, such as app.models:Base.metadata."
        )


def _version_locations(
    config: Config, script_location: Path, find: Callable[[str], Path]
) -> tuple[Path, ...]:
    names = config.get_version_locations_list()
    return tuple(map(find, names)) if names else (script_location / "versions",)


def _check_section(config: Config, path: Path, section: str) -> None:
    try:
        there = config.file_config.sections()
    except (IniError, UnicodeDecodeError) as error:
        raise ConfigError(_told(path, error)) from None
    if section not in there and section != "alembic":
        raise ConfigError(
            f"{path} has no section [{section}]; it has {', '.join(there) or 'none'}."
        )


def _with_absolute_path(what: str) -> str:
    """``module:attribute`` as it is; of ``file.py:attribute``, the path is from here."""
    name, _, attribute = what.rpartition(":")
    return f"{Path(name).expanduser().absolute()}:{attribute}" if name.endswith(".py") else what


def _told(path: Path, error: Exception) -> str:
    """What is wrong with a config, without what may be part of a password."""
    if isinstance(error, InterpolationError):
        return f"{path}: {percent_words(error)}"
    if isinstance(error, UnicodeDecodeError):
        return f"{path} is not in {error.encoding.upper()}: byte {error.start} is none of it."
    said = re.sub(
        r"While reading from .* \[line\s+(\d+)\]:", r"line \1:", " ".join(str(error).split())
    )
    return redact(f"{path}: {said}")


def _engines(options: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(name for name in re.split(r",\s*", options.get("databases", "").strip()) if name)


def _check_engine(engine: str, engines: Sequence[str], path: Path) -> None:
    if engine not in engines:
        there = ", ".join(engines)
        raise ConfigError(f"{path} has no database {engine!r} for env.py; it has {there}.")


def _options(config: Config, section: str) -> dict[str, str]:
    """The options as they are written; passwords are hidden."""
    found: dict[str, Any] = dict(config.toml_alembic_config)
    if config.file_config.has_section(section):
        found.update(config.file_config.items(section, raw=True))
    return {name: redact(str(value)) for name, value in found.items()}
