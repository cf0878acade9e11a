"""The catalog of the models: learned by creating them on a scratch database, and remembered."""

from __future__ import annotations

import json

from sqlalchemy.engine import URL

from schema import cache, scratch
from schema.catalog import Catalog, read_catalog
from schema.project import Project
from schema.replay.catalogs import load
from schema.replay.keys import ModelKeys, facts_of

__all__ = ["materialised"]


def materialised(
    project: Project, dialect: str, *, server: URL | None = None, facts: str | None = None
) -> Catalog:
    """The catalog of the project's models, created on an empty scratch database of this kind.

    Models that are as they were, or whose DDL is, are not created again. An index that cannot be
    created is left out, and named in ``not_compared``. ``server`` and ``facts`` as for ``replay``.
    Raises ProjectCodeError when the models cannot be imported or created.
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
        found = _created(project, dialect, server)
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


def _created(project: Project, dialect: str, server: URL | None) -> Catalog:
    settings = project.settings(with_url=False)
    with scratch.create(dialect, server=server, label="models") as database:
        left_out = project.materialise(database)
        found = read_catalog(database.url)
    found = Catalog(
        found.dialect, found.server_version, found.values(),
        not_compared=[*found.not_compared, *left_out],
    )  # fmt: skip
    return found.without_table(settings.version_table, settings.version_table_schema)
