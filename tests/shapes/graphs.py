"""Shapes by their revisions: folders, branches, and what ``context.configure()`` is told."""

from __future__ import annotations

from tests.shapes.shape import Shape

__all__ = ["GRAPHS"]

#: Another tenant, at an older revision.
GLOBEX = (
    "CREATE SCHEMA globex",
    "CREATE TABLE globex.alembic_version (version_num varchar(32) PRIMARY KEY)",
    "INSERT INTO globex.alembic_version VALUES ('a1')",
    "CREATE TABLE globex.person (id serial PRIMARY KEY, name varchar(50) NOT NULL)",
)

GRAPHS = (
    Shape(
        "folders",
        "several `version_locations`, recursive, by date; bases that depend on each other's label",
        revisions=4,
        heads=("b111", "c0re2", "s7"),
        tables=("article", "invoice", "person"),
        walk=("c0re1", "heads", "base"),
    ),
    Shape(
        "branches",
        "branches with labels, a merge, a second base that depends on it, two heads",
        revisions=7,
        heads=("f1", "v1"),
        tables=("member", "visit"),
        table="member",
        rows="INSERT INTO member (id, full_name) VALUES (1, 'Ada'), (2, 'Grace')",
        walk=("d1", "heads", "base"),
    ),
    Shape(
        "configured",
        "nearly every option of `configure()`: naming conventions, filters, callables, hooks, "
        "batch mode, `transaction_per_migration`, `version_table_pk=False`",
        revisions=3,
        heads=("c3",),
        tables=("order", "person"),
    ),
    Shape("untransacted", "`transactional_ddl=False`, autocommit, no `begin_transaction()`"),
    Shape("plugged", "`autogenerate_plugins` of Alembic 1.18, one registered by env.py itself"),
    Shape(
        "schemas",
        "several PostgreSQL schemas, one that is somebody else's: `version_table_schema`, "
        "`include_schemas`, `include_name`",
        kinds=("postgresql",),
        tables=("crm.person", "money.bill", "note"),
        table="money.bill",
        rows="INSERT INTO crm.person (id, name) VALUES (1, 'Ada'), (2, 'Grace')",
        prepare={"postgresql": ("CREATE SCHEMA theirs", "CREATE TABLE theirs.thing (id integer)")},
    ),
    Shape(
        "partitions",
        "range partitions, made by revisions and passed over by `include_name`",
        kinds=("postgresql",),
        tables=("reading",),
        table="reading",
        rows="INSERT INTO reading (id, taken_on, value) VALUES (1, '2023-05-01', 20)",
    ),
    Shape(
        "enums",
        "native enums kept by alembic-postgresql-enum",
        kinds=("postgresql",),
        rows="INSERT INTO person (id, name, mood) VALUES (1, 'Ada', 'HAPPY'), (2, 'Grace', NULL)",
    ),
    Shape(
        "tenants_search_path",
        "a schema for each tenant by `search_path`, chosen by `-x tenant=…`; another is behind",
        kinds=("postgresql",),
        arguments={"x": ["tenant=acme"]},
        command=("alembic", "-x", "tenant=acme", "upgrade", "heads"),
        tables=("acme.letter", "acme.person"),
        table="acme.person",
        rows="INSERT INTO acme.person (id, name) VALUES (1, 'Ada'), (2, 'Grace')",
        prepare={"postgresql": GLOBEX},
    ),
    Shape(
        "tenants_translated",
        "a schema for each tenant by `schema_translate_map`, chosen by `-x tenant=…`",
        kinds=("postgresql",),
        arguments={"x": ["tenant=acme"]},
        command=("alembic", "-x", "tenant=acme", "upgrade", "heads"),
        tables=("acme.letter", "acme.person"),
        table="acme.person",
        rows="INSERT INTO acme.person (id, name) VALUES (1, 'Ada'), (2, 'Grace')",
        prepare={"postgresql": GLOBEX},
    ),
    Shape(
        "extensions",
        "an extension made by a revision, and models with a type of it",
        kinds=("postgresql",),
    ),
    Shape(
        "entities",
        "a view, a function, a trigger and an extension registered with alembic_utils",
        kinds=("postgresql",),
        rows="INSERT INTO person (id, name, email) VALUES (1, 'Ada', 'ADA@example.org')",
    ),
)
