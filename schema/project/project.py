"""An opened project, and the questions that its worker answers."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

from sqlalchemy.engine import URL

from schema import waiting
from schema.catalog import SchemaObject
from schema.config import ConfigFiles, find_config
from schema.database import dialect_of, parse_url
from schema.errors import ConfigError, ProjectCodeError
from schema.interpreter import find_interpreter
from schema.project.asked import asked_database
from schema.project.moment import Moment
from schema.project.settings import Settings
from schema.unfinished import working_folder
from schema.variant import with_texts
from schema.worker.memory import Answer, Memory
from schema.worker.parent import Launch, Scratch, Worker, describe
from schema.worker.urls import url_of

__all__ = ["Project"]

#: Seconds that env.py and the models may take to load.
PATIENCE = 120.0


class Project:
    """An opened Alembic project. ``Project.open`` finds and checks it; no code of it runs then."""

    def __init__(
        self, files: ConfigFiles, python: Path, url: URL | None, python_from: str = ""
    ) -> None:
        self._files = files
        self._url = url
        #: The interpreter that runs the project's code, and what it was taken from, in words.
        self.python = python
        self.python_from = python_from
        named = self._named_url() if files.may_lack_url else None
        self._named_dialect = None if named is None else dialect_of(named)
        self._worker = self.start_worker()
        self._moment = Moment()
        self._memory = self.memory()
        self._memory_of_classes = self.memory("classes")

    @classmethod
    def open(
        cls,
        config: str | Path | None = None,
        *,
        python: str | Path | None = None,
        url: str | URL | None = None,
        section: str | None = None,
        x: Sequence[str] | None = None,
        engine: str | None = None,
        before_base: str | None = None,
        script_location: str | None = None,
        metadata: str | None = None,
    ) -> Self:
        """Open the project of a config file, or of the folder that holds one.

        Without ``config``: the file that ``ALEMBIC_CONFIG`` names, else the nearest
        ``alembic.ini``, or ``pyproject.toml`` with a ``[tool.alembic]``, from the working directory
        upwards.
        ``python`` is the interpreter that has the project's packages, or its environment's folder:
        by default the one that ``SCHEMA_PYTHON`` names, the project's own environment, or this one
        (see schema.interpreter); ``python_from`` tells which of them it is. ``url`` is the
        database to look at, instead of the one that ``SCHEMA_DATABASE_URL`` or env.py names.
        ``section`` and ``x`` are what ``alembic -n`` and ``alembic -x`` (once for each) would be
        given: by default what ``SCHEMA_CONFIG_SECTION`` names, else ``alembic``; and what
        ``SCHEMA_X_ARGUMENTS`` holds, parted and quoted as on a command line. ``engine`` is the
        database to follow where env.py, as of Alembic's multidb template, goes through several: by
        default the one that ``SCHEMA_ENGINE`` names. ``before_base`` is what is there before the
        first revision, by default what ``SCHEMA_BEFORE_BASE`` names: ``module:attribute``, or
        ``file.py:attribute``, of a MetaData, of a declarative base, or of a function that makes it
        and is called with a connection.
        ``script_location`` is the folder of env.py, as a path or as ``package:folder``, for a
        project without a config file, or in place of what the named config says; ``metadata``, as
        ``module:attribute``, are the models in place of those that env.py passes. By default they
        are what ``SCHEMA_SCRIPT_LOCATION`` and ``SCHEMA_METADATA`` name.
        Raises ConfigError and UrlError.
        """
        location = script_location or os.environ.get("SCHEMA_SCRIPT_LOCATION") or None
        about: dict[str, Any] = {
            "x_arguments": _x_arguments() if x is None else x,
            "engine": engine or os.environ.get("SCHEMA_ENGINE") or None,
            "before_base": before_base or os.environ.get("SCHEMA_BEFORE_BASE") or None,
            "metadata": metadata or os.environ.get("SCHEMA_METADATA") or None,
            "python": lambda root: find_interpreter(python, root).path,
        }
        section = section or os.environ.get("SCHEMA_CONFIG_SECTION") or "alembic"
        if location and not (config or os.environ.get("ALEMBIC_CONFIG")):
            files = ConfigFiles.without_file(location, **about)
        else:
            path = find_config(config)
            files = ConfigFiles.read(path, section=section, location=location, **about)
        chosen = None if url is None else parse_url(url)
        found = find_interpreter(python, files.root)
        return cls(files, found.path, chosen, found.why)

    def __repr__(self) -> str:
        return f"<Project {self.config_path}>"

    @property
    def config_path(self) -> Path:
        """The config file: an ``alembic.ini``, or a ``pyproject.toml``."""
        return self._files.path

    @property
    def chosen_url(self) -> URL | None:
        """The database that ``open(url=…)`` named; None where it is left to others."""
        return self._url

    @property
    def root(self) -> Path:
        """The folder of the config file: where the project's code runs."""
        return self._files.root

    @property
    def script_location(self) -> Path:
        """The folder of ``env.py``."""
        return self._files.script_location

    @property
    def version_locations(self) -> tuple[Path, ...]:
        """The folders of the revision files, in Alembic's order. One may not exist yet."""
        return self._files.version_locations

    @property
    def recursive_version_locations(self) -> bool:
        """Whether folders below ``version_locations`` hold revisions too."""
        return self._files.recursive

    @property
    def arguments(self) -> tuple[str, ...]:
        """What counts beside the config: Alembic's ``-n``, the engines followed, its ``-x`` …"""
        files = self._files
        named = {"before base": files.before_base, "engine": files.engine,
                 "metadata": files.metadata, "dialect": self._named_dialect}  # fmt: skip
        told = (f"{name}: {value}" for name, value in named.items() if value is not None)
        return (files.section, *files.engines, *files.x_arguments, *told)

    @property
    def file_settings(self) -> Mapping[str, str]:
        """The options of the config's section, passwords hidden."""
        return MappingProxyType(self._files.options)

    @property
    def output(self) -> str:
        """What the project's code printed at the last call."""
        return self._worker.output

    def settings(self, *, with_url: bool = True) -> Settings:
        """What env.py passes to Alembic, by running it as far as ``context.configure()``.

        No database is opened. Where nothing has changed since it ran last, as far as that can be
        known (see schema.worker.memory), that answer is given again. ``with_url=False``: ``url``
        may be None though env.py names one, as a URL with a password is not kept. Raises
        ProjectCodeError when it, or a module that it imports, raises.
        """
        told = dict(self.told(with_url=with_url).told)
        url = None if told["url"] is None else self._absolute(url_of(told["url"]))
        told.update({name: tuple(told[name]) for name in ("tables", "schemas", "queries")}, url=url)
        return Settings(**{item.name: told[item.name] for item in fields(Settings)})

    @contextmanager
    def at_one_moment(self) -> Iterator[None]:
        """Within this block, env.py tells one thing, whatever is edited meanwhile.

        So what is put together from several answers is of one moment; and files are looked at once.
        It holds for this thread.
        """
        self._moment.depth += 1
        try:
            yield
        finally:
            self._moment.depth -= 1
            if not self._moment.depth:
                self._moment.answer = None

    def told(self, *, with_url: bool = False) -> Answer:
        """All that the worker tells of env.py, and ``versions`` of the project's libraries."""
        known = self._moment.answer or self._memory.recall()
        if known is None or (with_url and known.told["url_is_hidden"]):
            known = self._memory.held() or self._ask()
        self._moment.answer = known if self._moment.depth else None
        return known

    def _ask(self) -> Answer:
        """Have the worker run env.py, and keep what it tells if that may be kept."""
        if len(self._files.engines) > 1:
            raise ConfigError(
                f"{self.config_path} names {len(self._files.engines)} databases "
                f"({', '.join(self._files.engines)}), and one can be followed at a time. Say which "
                "one: --engine, Project.open(engine=…), or SCHEMA_ENGINE."
            )
        with waiting.told("running env.py") as heard:
            told = self._request("settings", timeout=PATIENCE, on_event=heard)
        reading = told.pop("reading")
        told.update(output=self._worker.output, url_is_hidden=False)
        if told["output"]:
            return self._memory.hold(Answer(told), reading)
        if _is_open(told["url"]):
            return self._memory.keep(told, reading)
        kept = self._memory.keep({**told, "url": None, "url_is_hidden": True}, reading)
        return self._memory.hold(Answer(told, kept.digest), reading)

    def _request(self, call: str, **values: Any) -> Any:  # noqa: ANN401 -- as the worker has it
        """Have the worker answer by running env.py as far as ``context.configure()``.

        An env.py that fails over what it asked of a database, as it got no rows, is run again with
        an empty scratch database to ask.
        """
        try:
            return self._worker.request(call, **values)
        except ProjectCodeError as error:
            if not error.details.get("dialect"):
                raise
            first = error
        with asked_database(first, self._url) as made:
            try:
                return self._worker.request(call, asked=describe(made), **values)
            except ProjectCodeError:
                raise first from None

    def classes(self) -> Mapping[str, Any]:
        """What the models say of themselves, as the worker tells it (see schema.tables.models).

        No database is opened. As long as nothing has changed that the answer rests on, it is given
        again. Raises ProjectCodeError when env.py, or a module that it imports, raises.
        """
        known = self._memory_of_classes.recall()
        if known is None:
            told = self._request("classes", timeout=PATIENCE)
            known = self._memory_of_classes.keep(told, told.pop("reading"))
        return known.told

    def database_url(self) -> URL:
        """The live database: ``open(url=…)``, else ``SCHEMA_DATABASE_URL``, else env.py's.

        It has the workbench's own driver. A relative SQLite path of env.py's counts from the
        project's root. Raises UrlError, ConfigError, ProjectCodeError.
        """
        named = self._named_url()
        if named is not None:
            return named
        url = self.settings().url
        if url is None:
            raise ConfigError(
                f"{self.script_location / 'env.py'} names no database. Give one: --url, "
                "Project.open(url=…), or SCHEMA_DATABASE_URL."
            )
        return parse_url(url)

    def dialect(self) -> str | None:
        """The kind of database that ``database_url`` leads to, or that env.py speaks of; or None.

        Nothing is opened for it. Raises UrlError and ProjectCodeError.
        """
        named = self._named_url()
        return self.settings(with_url=False).dialect if named is None else dialect_of(named)

    def _named_url(self) -> URL | None:
        """The database that is named beside the project's own config and env.py."""
        named = os.environ.get("SCHEMA_DATABASE_URL")
        return self._url or (parse_url(named) if named else None)

    def revision_values(self, path: str | Path) -> dict[str, Any]:
        """``revision, down_revision, branch_labels, depends_on`` of a file, by running it.

        Several values are a tuple. Raises ProjectCodeError when the file cannot be run.
        """
        path = Path(path).absolute()
        told = self._worker.request("revision_values", path=str(path), timeout=PATIENCE)
        return {k: tuple(v) if isinstance(v, list) else v for k, v in told.items()}

    def ddl_digest(self, dialect: str) -> str | None:
        """A digest of the DDL of the models; None where only a database can tell what it is.

        Raises ProjectCodeError when there are no models.
        """
        told = self._request("ddl", dialect=dialect, timeout=PATIENCE)
        digest: str | None = told["digest"]
        return digest

    def materialise(self, scratch: Scratch) -> list[str]:
        """Create all of the project's ``target_metadata`` on an empty scratch database.

        Returns what could not be made, of indexes and foreign keys, as ``index table.name: why``.
        Raises ProjectCodeError when there are no models, or they cannot be created there.
        """
        told = self._request("materialise", scratch=describe(scratch))
        return list(told["left_out"])

    def alembic_diffs(self, scratch: Scratch) -> list[dict[str, Any]]:
        """What ``alembic check`` finds on a scratch database, by the project's own options.

        Each has ``op`` (Alembic's name for it, such as ``add_column``), ``schema_name``, ``table``,
        ``name`` and ``columns``. Raises ProjectCodeError when there are no models, or Alembic's
        comparison fails.
        """
        found: list[dict[str, Any]] = self._worker.request(
            "alembic_diffs", scratch=describe(scratch), timeout=PATIENCE
        )
        return found

    def included(self, objects: Sequence[SchemaObject]) -> list[bool]:
        """For each object, whether env.py's filters let Alembic look at it.

        The filters are ``include_schemas``, ``include_name`` and ``include_object``. What belongs
        to a table that is left out is left out. Kinds that Alembic does not know (views, triggers
        …) are judged by their table and schema.
        """
        settings = self.settings(with_url=False)
        if settings.filters_by_schema:
            return [settings.includes(item) for item in objects]
        told = [(*item.identity, item.properties.get("columns")) for item in objects]
        answer: list[bool] = self._request("included", objects=told, timeout=PATIENCE)
        return answer

    def offline_sql(
        self, plan: Sequence[tuple[str, str]], dialect: str
    ) -> list[tuple[tuple[str, ...], str | None]]:
        """The SQL of each (revision id, ``"up"`` or ``"down"``), as ``alembic upgrade --sql`` has
        it; no database is opened.

        The second of each pair is None, or why the SQL ends before the revision does: such a
        revision asks the database, as a data migration does.
        """
        told: list[dict[str, Any]] = self._request(
            "offline_sql", plan=[list(each) for each in plan], dialect=dialect, timeout=PATIENCE
        )
        return [(tuple(each["sql"]), each["why"]) for each in told]

    def model_files(self) -> dict[str, Any]:
        """Where the tables of ``target_metadata`` are defined, by asking the worker.

        ``tables`` is a list of ``table`` (its key), ``file`` and ``line`` (None where not found),
        ``modules`` of the ``name`` and ``file`` of each module of the project that env.py imports,
        ``path`` is its search path. Raises ProjectCodeError.
        """
        told: dict[str, Any] = self._request("model_files", timeout=PATIENCE)
        return told

    def autogenerate(
        self, scratch: Scratch, message: str, *, head: str = "head", revision: str | None = None
    ) -> dict[str, Any]:
        """Have Alembic write a new revision, as ``alembic revision --autogenerate`` does.

        It compares the models with a scratch database, which must be at the heads, and WRITES the
        file into this project's folders: so this is for a copy of a project. ``files`` of the
        answer are the paths, none where nothing was found; ``detected`` and ``warnings`` are what
        Alembic says. Raises ProjectCodeError.
        """
        told: dict[str, Any] = self._worker.request(
            "autogenerate", scratch=describe(scratch), message=message, head=head,
            revision=revision, timeout=PATIENCE,
        )  # fmt: skip
        return told

    def merge_revision(
        self, heads: Sequence[str], message: str, *, revision: str | None = None
    ) -> dict[str, Any]:
        """Have Alembic write the revision that merges heads; as ``autogenerate``, for a copy."""
        told: dict[str, Any] = self._worker.request(
            "merge", heads=list(heads), message=message, revision=revision, timeout=PATIENCE
        )
        return told

    @property
    def files(self) -> ConfigFiles:
        """The config as it was read: where everything is."""
        return self._files

    def revision_file(
        self,
        revision: str,
        parents: Sequence[str],
        *,
        title: str,
        message: str,
        imports: str,
        upgrades: str,
        downgrades: str,
    ) -> tuple[str, str]:
        """The text of a new revision by the project's script.py.mako, and the name of its file.

        ``upgrades`` and ``downgrades`` are the functions' bodies, indented but for their first
        line; ``title`` is what the file is named by. Nothing is written. Raises ProjectCodeError
        when the template fails.
        """
        told = self._worker.request(
            "revision_file",
            revision=revision,
            down_revision=list(parents),
            title=title,
            message=message,
            imports=imports,
            upgrades=upgrades,
            downgrades=downgrades,
            timeout=PATIENCE,
        )
        return told["text"], told["filename"]

    def memory(self, question: str = "env") -> Memory:
        """Where the worker's answer to a question is kept, while what it rests on stays."""
        files = self._files
        about = (files.path, files.root, files.script_location, self.python, self.arguments)
        return Memory(*about, question=question)

    @property
    def worker(self) -> Worker:
        """The project's own worker, which also answers all questions above."""
        return self._worker

    def start_worker(self, *, extra: Path | None = None, ahead: float = 0.0) -> Worker:
        """A worker of the caller's own, for a rehearsal. Its process starts with its first call.

        ``extra`` is a revision file outside of the project that this worker takes for one of its
        own: a new revision can be tried out before it is in the project. ``ahead`` is by how many
        seconds the clock that the project's code reads is put forward, to try out another day.
        """
        files = self._files
        launch = Launch(
            python=self.python,
            python_from=self.python_from,
            root=self.root,
            ini=files.ini,
            toml=files.toml,
            watched=files.watched,
            extra=extra,
            options=files.replaced,
            section=files.section,
            x_arguments=files.x_arguments,
            paths=files.paths,
            ahead=ahead,
            engine=files.engine,
            metadata=files.metadata,
            dialect=self._named_dialect,
        )
        return Worker(launch)

    @contextmanager
    def with_revisions(self, texts: Mapping[Path, str]) -> Iterator[Project]:
        """The same project, but for the texts of some of its revision files.

        All revision files are copied to a temporary folder, which is gone afterwards; the
        project's own stay as they are. Raises ConfigError when they cannot be copied.
        """
        with working_folder("revisions") as folder:
            files = with_texts(self._files, Path(folder), texts)
            with Project(files, self.python, self._url, self.python_from) as project:
                yield project

    def close(self) -> None:
        """End the project's worker process. A later call starts another."""
        self._worker.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _absolute(self, url: URL) -> URL:
        name = url.database
        if url.get_backend_name() != "sqlite" or not name or name.startswith((":", "file:")):
            return url
        return url.set(database=os.path.normpath(self.root / name))


def _x_arguments() -> list[str]:
    try:
        return shlex.split(os.environ.get("SCHEMA_X_ARGUMENTS", ""))
    except ValueError as error:
        raise ConfigError(f"SCHEMA_X_ARGUMENTS cannot be parted: {error}.") from None


def _is_open(url: Mapping[str, Any] | None) -> bool:
    """Whether a URL, in parts, holds nothing that may not be kept in a file."""
    return url is None or (not url["password"] and set(url["query"]) <= {"host", "port"})
