"""The catalog of the models: learned by creating them on a scratch database, and remembered."""

from __future__ import annotations

import json
from contextlib import suppress

from sqlalchemy.engine import URL

from schema import cache, scratch
from schema.catalog import Catalog, read_catalog
from schema.errors import ProjectCodeError
from schema.project import Project
from schema.replay import beneath
from schema.replay.catalogs import load
from schema.replay.keys import ModelKeys, facts_of

__all__ = ["materialised"]


def materialised(
    project: Project, dialect: str, *, server: URL | None = None, facts: str | None = None
) -> Catalog:
    """The catalog of the project's models, created on an empty scratch database of this kind.

    Models that are as they were, or whose DDL is, are not created again. An index, and on
    PostgreSQL a foreign key, that cannot be created is left out, and named in ``not_compared``.
    Where they need an extension, a type or a function that the migrations make, that is made for
    them first. ``server`` and ``facts`` as for ``replay``. Raises ProjectCodeError when the models
    cannot be imported or created.
    """
    facts = facts_of(dialect, server) if facts is None else facts
    keys = ModelKeys(project, dialect, facts)
    by_files = keys.by_files()
    known = load(_same_as(by_files)) if by_files else None
    if known is not None:
        return known
    by_ddl = keys.by_ddl()
    found = load(by_ddl) if by_ddl else None
    texts: dict[str, str] = {}
    if found is None:
        try:
            found = _created(project, dialect, server)
        except ProjectCodeError as error:
            return _created_on_migrations(project, dialect, server, facts, error)
        if found.not_compared:  # as an index, for the want of what its operator class is in
            wanting = ProjectCodeError("; ".join(found.not_compared))
            with suppress(ProjectCodeError):
                return _created_on_migrations(project, dialect, server, facts, wanting)
        texts = {by_ddl: found.to_json()} if by_ddl else {}
    if by_files and by_ddl:
        texts[by_files] = json.dumps(by_ddl)
    cache.write(texts)
    return found


def _same_as(by_files: str) -> str:
    """The key by DDL that stands under a key by files; itself, where none does."""
    try:
        key = json.loads(cache.read(by_files) or "null")
    except ValueError:
        key = None
    return key if isinstance(key, str) and key.startswith("models-") else by_files


def _created_on_migrations(
    project: Project, dialect: str, server: URL | None, facts: str, error: ProjectCodeError
) -> Catalog:
    """The same, on what the migrations make for them; ``error`` is raised where that is no help."""
    if beneath.is_wanting(error):
        for layer in beneath.layers(project, dialect, server=server, facts=facts):
            with suppress(ProjectCodeError):
                return beneath.without(_created(project, dialect, server, layer), layer)
    raise error


def _created(
    project: Project, dialect: str, server: URL | None, layer: Catalog | None = None
) -> Catalog:
    settings = project.settings(with_url=False)
    with scratch.create(dialect, server=server, label="models") as database:
        if layer is not None:
            beneath.lay(database, layer)
        left_out = project.materialise(database)
        found = read_catalog(database.url)
    found = Catalog(
        found.dialect, found.server_version, found.values(),
        not_compared=[*found.not_compared, *left_out],
    )  # fmt: skip
    return found.without_table(settings.version_table, settings.version_table_schema)
