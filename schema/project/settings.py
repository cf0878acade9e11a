"""What a project's env.py passes to Alembic."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy.engine import URL

from schema.catalog import SchemaObject

__all__ = ["Settings"]


@dataclass(frozen=True)
class Settings:
    """What a project's env.py passes to Alembic, learned by running it without a database.

    ``dialect`` and ``url`` are None when env.py connects to nothing; ``url`` is as env.py has it,
    with its own driver, a relative SQLite path made absolute. ``default_schema`` is the schema that
    env.py's search path leads to, None for the usual one. ``tables`` are the names in
    ``target_metadata``, ``schemas`` the other schemas that they are in. ``output`` is what
    env.py printed. ``queries`` were asked before ``context.configure()``, and answered with no
    rows.
    """

    dialect: str | None
    url: URL | None = field(repr=False)
    version_table: str
    version_table_schema: str | None
    include_schemas: bool
    has_include_object: bool
    has_include_name: bool
    render_as_batch: bool
    transaction_per_migration: bool
    compare_type: bool
    compare_server_default: bool
    has_metadata: bool
    tables: tuple[str, ...]
    queries: tuple[str, ...] = ()
    output: str = ""
    schemas: tuple[str, ...] = ()
    default_schema: str | None = None

    @property
    def filters_by_schema(self) -> bool:
        """Whether env.py has no ``include_name`` nor ``include_object``: schemas alone count."""
        return not (self.has_include_object or self.has_include_name)

    def includes(self, item: SchemaObject) -> bool:
        """Whether an object is in a schema that Alembic looks at, by ``include_schemas`` alone.

        Without that Alembic reads the default schema; models elsewhere still count. The same as the
        worker's own filter where env.py has no function of its own.
        """
        default = self.default_schema or "public"
        name = item.schema_name
        if item.kind == "schema" and self.default_schema is not None:
            name = item.name  # a schema for each tenant: those of the others are no concern
        return self.include_schemas or name in (None, default) or name in self.schemas
