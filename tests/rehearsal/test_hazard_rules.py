"""Each rule by text: a statement that it tells of, and its safer neighbour that it lets pass."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from schema.catalog import Catalog, SchemaObject
from schema.rehearsal.hazards import Hazard, Settings, foresee, rules

PG, MY, LITE = "postgresql", "mysql", "sqlite"


def catalog_of(dialect: str, version: str = "18.1") -> Catalog:
    """Accounts with an owner, a view of them, and a check that proves a column."""
    schema_name = "public" if dialect == PG else None

    def item(kind: str, table: str | None, name: str, **properties: Any) -> SchemaObject:
        return SchemaObject(kind, schema_name, table, name, properties)

    types = {
        "id": "bigint", "mail": "varchar(20)", "plain": "text", "amount": "numeric(10,2)",
        "kind": "enum('a','b')", "owner_id": "bigint", "proved": "text", "filled": "text",
    }  # fmt: skip
    nullable = {"id": False, "filled": False}
    return Catalog(
        dialect,
        version,
        [
            item("table", None, "account"),
            item("table", None, "empty"),
            item("table", None, "owner"),
            *(
                item("column", "account", name, type=told, nullable=nullable.get(name, True))
                for name, told in types.items()
            ),
            item("primary key", "account", "account_pkey", columns=("id",)),
            item("unique", "account", "mail_key", columns=("mail",)),
            item("foreign key", "account", "owner_fk", columns=("owner_id",), target="owner"),
            item("check", "account", "amount_check", expression="(amount > 0)", validated=True),
            item("check", "account", "proof", expression="(proved IS NOT NULL)", validated=True),
            item("index", "account", "mail_idx", columns=("mail",), unique=False),
            item("index", "account", "owner_idx", columns=("owner_id",), unique=False),
            item("view", None, "names", definition="SELECT account.mail FROM account"),
        ],
    )


ROWS = {"account": 5_000_000, "owner": 200_000, "empty": 0}


def told(
    dialect: str, *statements: str, version: str = "18.1", **options: Any
) -> dict[str, Hazard]:
    found = foresee(
        statements, dialect=dialect, catalog=catalog_of(dialect, version), rows=ROWS, **options
    )
    return {hazard.rule: hazard for hazard in found}


MANY_LABELS = ",".join(f"'{number}'" for number in range(260))

#: For each rule: what it tells of, and what it lets pass; several statements are one revision.
CASES: Mapping[str, tuple[list[Any], list[Any]]] = {
    "index-not-concurrent": (
        [(PG, "CREATE INDEX i ON account (plain)")],
        [
            (PG, "CREATE INDEX CONCURRENTLY i ON account (plain)"),
            (PG, "CREATE TABLE new (a int)", "CREATE INDEX i ON new (a)"),
            (LITE, "CREATE INDEX i ON account (plain)"),
        ],
    ),
    "drop-index-not-concurrent": (
        [(PG, "DROP INDEX mail_idx")],
        [(PG, "DROP INDEX CONCURRENTLY mail_idx")],
    ),
    "reindex-not-concurrent": (
        [(PG, "REINDEX TABLE account"), (PG, "REINDEX INDEX mail_idx")],
        [(PG, "REINDEX INDEX CONCURRENTLY mail_idx"), (PG, "REINDEX (CONCURRENTLY) TABLE account")],
    ),
    "detach-not-concurrent": (
        [(PG, "ALTER TABLE account DETACH PARTITION p")],
        [(PG, "ALTER TABLE account DETACH PARTITION p CONCURRENTLY")],
    ),
    "attach-scans": (
        [(PG, "ALTER TABLE account ATTACH PARTITION p FOR VALUES IN (1)")],
        [(PG, "ALTER TABLE account DETACH PARTITION p")],
    ),
    "concurrent-build": (
        [(PG, "CREATE INDEX CONCURRENTLY i ON account (plain)")],
        [(PG, "CREATE INDEX CONCURRENTLY i ON empty (a)")],
    ),
    "foreign-key-not-valid-missing": (
        [(PG, "ALTER TABLE account ADD CONSTRAINT f FOREIGN KEY(owner_id) REFERENCES owner (id)")],
        [
            (PG, "ALTER TABLE account ADD CONSTRAINT f FOREIGN KEY (owner_id) REFERENCES owner (id)"
             " NOT VALID"),
            (PG, "ALTER TABLE account ADD COLUMN o bigint REFERENCES owner (id)"),
            (PG, "CREATE TABLE new (a bigint, FOREIGN KEY (a) REFERENCES owner (id))"),
        ],
    ),
    "check-not-valid-missing": (
        [
            (PG, "ALTER TABLE account ADD CONSTRAINT c CHECK (amount > 1)"),
            (PG, "ALTER TABLE account ADD CONSTRAINT c NOT NULL plain"),
        ],
        [
            (PG, "ALTER TABLE account ADD CONSTRAINT c CHECK (amount > 1) NOT VALID"),
            (PG, "ALTER TABLE account ADD CONSTRAINT c CHECK (amount > 1) NOT ENFORCED"),
        ],
    ),
    "constraint-copies-table": (
        [(MY, "ALTER TABLE account ADD CONSTRAINT c CHECK (amount > 1)")],
        [(MY, "CREATE TABLE new (a int, CHECK (a > 1))")],
    ),
    "validate-in-same-transaction": (
        [(PG, "ALTER TABLE account ADD CONSTRAINT c CHECK (amount > 1) NOT VALID",
          "ALTER TABLE account VALIDATE CONSTRAINT c")],
        [(PG, "ALTER TABLE account VALIDATE CONSTRAINT c")],
    ),
    "unique-constraint-lock": (
        [(PG, "ALTER TABLE account ADD CONSTRAINT u UNIQUE (plain)"),
         (PG, "ALTER TABLE account ADD COLUMN x text UNIQUE")],
        [(PG, "ALTER TABLE account ADD CONSTRAINT u UNIQUE USING INDEX i")],
    ),
    "primary-key-lock": (
        [(PG, "ALTER TABLE account ADD PRIMARY KEY (mail)")],
        [(PG, "ALTER TABLE account ADD CONSTRAINT p PRIMARY KEY USING INDEX i")],
    ),
    "primary-key-nullable": (
        [(PG, "ALTER TABLE account ADD PRIMARY KEY (mail)")],
        [(PG, "ALTER TABLE account ADD PRIMARY KEY (id)")],
    ),
    "exclusion-constraint": (
        [(PG, "ALTER TABLE account ADD CONSTRAINT e EXCLUDE USING gist (mail WITH =)")],
        [(PG, "CREATE TABLE new (a int, EXCLUDE USING gist (a WITH =))")],
    ),
    "domain-constraint": (
        [(PG, "ALTER DOMAIN d ADD CONSTRAINT c CHECK (VALUE > 0)"),
         (PG, "CREATE DOMAIN d AS int CHECK (VALUE > 0)")],
        [(PG, "ALTER DOMAIN d ADD CONSTRAINT c CHECK (VALUE > 0) NOT VALID"),
         (PG, "CREATE DOMAIN d AS int")],
    ),
    "trigger-lock": (
        [(PG, "CREATE TRIGGER t AFTER UPDATE ON account FOR EACH ROW EXECUTE FUNCTION f()")],
        [(PG, "CREATE TABLE new (a int)",
          "CREATE TRIGGER t AFTER UPDATE ON new FOR EACH ROW EXECUTE FUNCTION f()")],
    ),
    "explicit-lock": (
        [(PG, "LOCK TABLE account IN SHARE MODE"), (MY, "LOCK TABLES account WRITE")],
        [(PG, "CREATE TABLE new (a int)", "LOCK TABLE new")],
    ),
    "refresh-not-concurrent": (
        [(PG, "REFRESH MATERIALIZED VIEW v")],
        [(PG, "REFRESH MATERIALIZED VIEW CONCURRENTLY v")],
    ),
    "foreign-key-without-index": (
        [(PG, "ALTER TABLE account ADD CONSTRAINT f FOREIGN KEY (plain) REFERENCES owner (id)")],
        [
            (PG, "ALTER TABLE account ADD FOREIGN KEY (owner_id) REFERENCES owner (id)"),
            (PG, "CREATE TABLE new (a bigint, FOREIGN KEY (a) REFERENCES owner (id))",
             "CREATE INDEX i ON new (a)"),
            (PG, "CREATE TABLE new (a bigint PRIMARY KEY REFERENCES owner (id))"),
            (MY, "ALTER TABLE account ADD FOREIGN KEY (plain) REFERENCES owner (id)"),
        ],
    ),
    "column-type-rewrite": (
        [
            (PG, "ALTER TABLE account ALTER COLUMN owner_id TYPE numeric"),
            (PG, "ALTER TABLE account ALTER COLUMN mail TYPE VARCHAR(10)"),
            (PG, "ALTER TABLE account ALTER COLUMN amount TYPE numeric(10, 4)"),
            (PG, "ALTER TABLE account ALTER COLUMN plain TYPE text USING lower(plain)"),
        ],
        [
            (PG, "ALTER TABLE account ALTER COLUMN mail TYPE VARCHAR(40)"),
            (PG, "ALTER TABLE account ALTER COLUMN mail TYPE TEXT"),
            (PG, "ALTER TABLE account ALTER COLUMN amount TYPE numeric(12, 2)"),
            (PG, "ALTER TABLE account ALTER COLUMN mail TYPE varchar(20) USING mail::varchar(20)"),
        ],
    ),
    "column-type-copy": (
        [(MY, "ALTER TABLE account MODIFY owner_id INTEGER NULL"),
         (MY, "ALTER TABLE account MODIFY mail VARCHAR(300) NULL")],
        [(MY, "ALTER TABLE account MODIFY mail VARCHAR(40) NULL"),
         (MY, "ALTER TABLE account MODIFY owner_id BIGINT NULL")],
    ),
    "column-type-constraint": (
        [(PG, "ALTER TABLE account ALTER COLUMN owner_id TYPE integer"),
         (PG, "ALTER TABLE account ALTER COLUMN amount TYPE numeric")],
        [(PG, "ALTER TABLE account ALTER COLUMN plain TYPE varchar(9)")],
    ),
    "type-narrowed": (
        [
            (PG, "ALTER TABLE account ALTER COLUMN owner_id TYPE INTEGER"),
            (PG, "ALTER TABLE account ALTER COLUMN mail TYPE character varying(10)"),
            (MY, "ALTER TABLE account MODIFY amount DECIMAL(8,2)"),
        ],
        [(PG, "ALTER TABLE account ALTER COLUMN amount TYPE numeric(12,2)"),
         (PG, "ALTER TABLE account ALTER COLUMN mail TYPE text")],
    ),
    "volatile-default-rewrite": (
        [(PG, "ALTER TABLE account ADD COLUMN u uuid DEFAULT gen_random_uuid() NOT NULL"),
         (PG, "ALTER TABLE account ADD COLUMN u text DEFAULT my_own()")],
        [
            (PG, "ALTER TABLE account ADD COLUMN n int DEFAULT 5 NOT NULL"),
            (PG, "ALTER TABLE account ADD COLUMN n timestamptz DEFAULT now() NOT NULL"),
            (PG, "ALTER TABLE account ADD COLUMN n text DEFAULT 'random()'"),
        ],
    ),
    "stored-column-rewrite": (
        [(PG, "ALTER TABLE account ADD COLUMN n int GENERATED ALWAYS AS (id + 1) STORED")],
        [(PG, "ALTER TABLE account ADD COLUMN n int GENERATED ALWAYS AS (id + 1) VIRTUAL")],
    ),
    "serial-column-rewrite": (
        [(PG, "ALTER TABLE account ADD COLUMN n SERIAL"),
         (PG, "ALTER TABLE account ADD COLUMN n bigint GENERATED BY DEFAULT AS IDENTITY"),
         (MY, "ALTER TABLE account ADD COLUMN n INTEGER AUTO_INCREMENT UNIQUE")],
        [(PG, "ALTER TABLE account ADD COLUMN n bigint")],
    ),
    "not-null-without-default": (
        [(PG, "ALTER TABLE account ADD COLUMN n int NOT NULL"),
         (MY, "ALTER TABLE account ADD COLUMN n int NOT NULL"),
         (LITE, "ALTER TABLE account ADD COLUMN n int NOT NULL")],
        [(PG, "ALTER TABLE account ADD COLUMN n int DEFAULT 0 NOT NULL"),
         (PG, "CREATE TABLE new (a int NOT NULL)")],
    ),
    "not-null-scan": (
        [(PG, "ALTER TABLE account ALTER COLUMN plain SET NOT NULL")],
        [(PG, "ALTER TABLE account ALTER COLUMN proved SET NOT NULL"),
         (PG, "ALTER TABLE account ALTER COLUMN filled SET NOT NULL")],
    ),
    "not-null-may-fail": (
        [(PG, "ALTER TABLE account ALTER COLUMN plain SET NOT NULL"),
         (MY, "ALTER TABLE account MODIFY plain TEXT NOT NULL")],
        [(PG, "UPDATE account SET plain = '' WHERE plain IS NULL",
          "ALTER TABLE account ALTER COLUMN plain SET NOT NULL"),
         (MY, "ALTER TABLE account MODIFY filled TEXT NOT NULL")],
    ),
    "not-null-dropped": (
        [(PG, "ALTER TABLE account ALTER COLUMN filled DROP NOT NULL")],
        [(PG, "ALTER TABLE account ALTER COLUMN filled DROP DEFAULT")],
    ),
    "column-default-changed": (
        [(PG, "ALTER TABLE account ALTER COLUMN plain SET DEFAULT 'x'")],
        [(PG, "ALTER TABLE account ADD COLUMN n int",
          "ALTER TABLE account ALTER COLUMN n SET DEFAULT 5")],
    ),
    "storage-rewrite": (
        [(PG, "ALTER TABLE account SET UNLOGGED"), (PG, "ALTER TABLE account SET ACCESS METHOD x")],
        [(PG, "ALTER TABLE account SET (fillfactor = 70)")],
    ),
    "vacuum-full": (
        [(PG, "VACUUM FULL account"), (PG, "CLUSTER account USING i"), (LITE, "VACUUM")],
        [(PG, "VACUUM account"), (PG, "VACUUM")],
    ),
    "drop-schema": ([(PG, "DROP SCHEMA s"), (MY, "DROP DATABASE d")], [(PG, "DROP VIEW v")]),
    "drop-table": (
        [(PG, "DROP TABLE account"), (LITE, "DROP TABLE account")],
        [
            (PG, "CREATE TABLE new (a int)", "DROP TABLE new"),
            (LITE, "CREATE TABLE _alembic_tmp_account (id int)",
             "INSERT INTO _alembic_tmp_account (id) SELECT account.id FROM account",
             "DROP TABLE account", "ALTER TABLE _alembic_tmp_account RENAME TO account"),
            (LITE, *(2 * ("CREATE TABLE _alembic_tmp_account (id int)", "DROP TABLE account",
             "ALTER TABLE _alembic_tmp_account RENAME TO account"))),
        ],
    ),
    "drop-column": (
        [(PG, "ALTER TABLE account DROP COLUMN plain")],
        [(PG, "ALTER TABLE account DROP CONSTRAINT amount_check")],
    ),
    "drop-sequence": ([(PG, "DROP SEQUENCE s")], [(PG, "CREATE SEQUENCE s")]),
    "drop-cascade": (
        [(PG, "DROP TABLE account CASCADE"), (PG, "ALTER TABLE account DROP COLUMN id CASCADE")],
        [(PG, "DROP TABLE account")],
    ),
    "truncate": ([(PG, "TRUNCATE account CASCADE")], [(PG, "DELETE FROM account WHERE id = 1")]),
    "delete-without-where": (
        [(PG, "DELETE FROM account"), (LITE, "DELETE FROM account")],
        [(PG, "DELETE FROM account WHERE id = 1")],
    ),
    "drop-foreign-key": (
        [(PG, "ALTER TABLE account DROP CONSTRAINT owner_fk"),
         (MY, "ALTER TABLE account DROP FOREIGN KEY owner_fk")],
        [(PG, "ALTER TABLE account DROP CONSTRAINT amount_check")],
    ),
    "drop-primary-key": (
        [(PG, "ALTER TABLE account DROP CONSTRAINT account_pkey"),
         (MY, "ALTER TABLE account DROP PRIMARY KEY")],
        [(PG, "ALTER TABLE account DROP CONSTRAINT owner_fk")],
    ),
    "index-dropped": (
        [(PG, "DROP INDEX CONCURRENTLY mail_idx")],
        [(PG, "DROP INDEX mail_idx", "CREATE INDEX mail_idx ON account (mail, id)")],
    ),
    "rename-table": (
        [(PG, "ALTER TABLE account RENAME TO client"), (MY, "RENAME TABLE account TO client"),
         (PG, "ALTER TABLE account SET SCHEMA s")],
        [(PG, "ALTER INDEX mail_idx RENAME TO mail_index")],
    ),
    "rename-column": (
        [(PG, "ALTER TABLE account RENAME mail TO email"),
         (MY, "ALTER TABLE account CHANGE mail email VARCHAR(20)")],
        [(MY, "ALTER TABLE account CHANGE mail mail VARCHAR(20)")],
    ),
    "rename-schema": ([(PG, "ALTER SCHEMA a RENAME TO b")], [(PG, "ALTER SCHEMA a OWNER TO b")]),
    "rename-enum-value": (
        [(PG, "ALTER TYPE e RENAME VALUE 'a' TO 'b'")],
        [(PG, "ALTER TYPE e RENAME TO e2")],
    ),
    "view-needs-it": (
        [(PG, "ALTER TABLE account DROP COLUMN mail"), (LITE, "DROP TABLE account"),
         (LITE, "ALTER TABLE account RENAME COLUMN mail TO email")],
        [(PG, "ALTER TABLE account DROP COLUMN plain"),
         (PG, "DROP VIEW names", "ALTER TABLE account DROP COLUMN mail")],
    ),
    "rights-changed": (
        [(PG, "GRANT SELECT ON account TO joe"), (PG, "CREATE POLICY p ON account USING (true)"),
         (PG, "ALTER TABLE account ENABLE ROW LEVEL SECURITY")],
        [(PG, "COMMENT ON TABLE account IS 'grant'")],
    ),
    "replica-identity": (
        [(PG, "ALTER TABLE account REPLICA IDENTITY FULL")],
        [(PG, "ALTER TABLE account SET (fillfactor = 70)")],
    ),
    "triggers-disabled": (
        [(PG, "ALTER TABLE account DISABLE TRIGGER ALL")],
        [(PG, "ALTER TABLE account ENABLE TRIGGER ALL")],
    ),
    "untracked-dependency": (
        [(PG, "DROP FUNCTION f(integer)"), (PG, "DROP EXTENSION pgcrypto"),
         (PG, "ALTER SEQUENCE s OWNED BY NONE")],
        [(PG, "CREATE EXTENSION pgcrypto"), (PG, "ALTER SEQUENCE s OWNED BY account.id")],
    ),
    "extension-update": (
        [(PG, "ALTER EXTENSION e UPDATE TO '2'")],
        [(PG, "ALTER EXTENSION e SET SCHEMA s")],
    ),
    "lock-timeout-missing": (
        [(PG, "ALTER TABLE account ADD COLUMN n int")],
        [
            (PG, "SET LOCAL lock_timeout = '3s'", "ALTER TABLE account ADD COLUMN n int"),
            (PG, "SELECT set_config('lock_timeout', '3s', true)",
             "ALTER TABLE account ADD COLUMN n int"),
            (PG, "CREATE TABLE new (a int)", "CREATE INDEX i ON new (a)"),
            (PG, "CREATE INDEX CONCURRENTLY i ON account (plain)"),
        ],
    ),
    "work-under-exclusive-lock": (
        [(PG, "ALTER TABLE account ADD COLUMN n int", "UPDATE account SET n = 1 WHERE id > 0")],
        [(PG, "UPDATE account SET plain = 'x' WHERE id > 0",
          "ALTER TABLE account ADD COLUMN n int"),
         (PG, "ALTER TABLE account ADD COLUMN n int", "INSERT INTO empty (a) VALUES (1)")],
    ),
    "alters-to-merge": (
        [(PG, "ALTER TABLE account ALTER COLUMN plain SET NOT NULL",
          "ALTER TABLE account ALTER COLUMN mail SET NOT NULL")],
        [(PG, "ALTER TABLE account ALTER COLUMN plain SET NOT NULL, ALTER mail SET NOT NULL"),
         (PG, "ALTER TABLE account ADD COLUMN a int", "ALTER TABLE account ADD COLUMN b int")],
    ),
    "nested-transaction": (
        [(PG, "BEGIN", "DELETE FROM account WHERE id = 1", "COMMIT")],
        [(PG, "COMMIT", "CREATE INDEX CONCURRENTLY i ON account (plain)", "BEGIN")],
    ),
    "begin-without-commit": (
        [(PG, "BEGIN"), (PG, "COMMIT")],
        [(PG, "COMMIT", "CREATE INDEX CONCURRENTLY i ON account (plain)", "BEGIN"),
         (PG, "SAVEPOINT a", "ROLLBACK TO SAVEPOINT a")],
    ),
    "not-rerunnable": (
        [
            (PG, "ALTER TABLE account ADD COLUMN n int",
             "CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON account (plain)"),
            (MY, "CREATE TABLE a (b int)", "CREATE TABLE c (d int)"),
        ],
        [
            (PG, "ALTER TABLE account ADD COLUMN IF NOT EXISTS n int",
             "CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON account (plain)"),
            (PG, "CREATE INDEX CONCURRENTLY i ON account (plain)"),
            (PG, "CREATE TABLE a (b int)", "CREATE TABLE c (d int)"),
            (MY, "CREATE TABLE a (b int)"),
        ],
    ),
    "enum-value-same-transaction": (
        [(PG, "ALTER TYPE e ADD VALUE 'new'", "UPDATE account SET plain = 'new' WHERE id = 1")],
        [(PG, "ALTER TYPE e ADD VALUE 'new'", "UPDATE account SET plain = 'old' WHERE id = 1")],
    ),
    "big-update": (
        [(PG, "UPDATE account SET plain = 'x'"), (LITE, "UPDATE account SET plain = 'x'")],
        [(PG, "UPDATE empty SET a = 1")],
    ),
    "unread-statement": (
        [(PG, "DO $$ BEGIN PERFORM 1; END $$"), (PG, "FROBNICATE account"),
         (PG, "ALTER TABLE account FROBNICATE"), (PG, "WITH x AS (DELETE FROM a) SELECT 1")],
        [(PG, "SELECT 1"), (PG, "COMMENT ON TABLE account IS 'x; DO it'")],
    ),
    "prefer-bigint-key": (
        [(PG, "CREATE TABLE new (id SERIAL NOT NULL, PRIMARY KEY (id))")],
        [(PG, "CREATE TABLE new (id BIGSERIAL NOT NULL, PRIMARY KEY (id))")],
    ),
    "prefer-identity": (
        [(PG, "CREATE TABLE new (id BIGSERIAL NOT NULL, PRIMARY KEY (id))")],
        [(PG, "CREATE TABLE new (id BIGINT GENERATED ALWAYS AS IDENTITY, PRIMARY KEY (id))")],
    ),
    "prefer-text": (
        [(PG, "CREATE TABLE new (a VARCHAR(9))")],
        [(PG, "CREATE TABLE new (a TEXT, b VARCHAR)"), (LITE, "CREATE TABLE new (a VARCHAR(9))")],
    ),
    "char-column": ([(PG, "CREATE TABLE n (a CHAR(2))")], [(PG, "CREATE TABLE n (a TEXT)")]),
    "prefer-timestamptz": (
        [(PG, "CREATE TABLE n (a TIMESTAMP WITHOUT TIME ZONE)")],
        [(PG, "CREATE TABLE n (a TIMESTAMP WITH TIME ZONE, b TIMESTAMPTZ)")],
    ),
    "json-column": ([(PG, "CREATE TABLE n (a JSON)")], [(PG, "CREATE TABLE n (a JSONB)")]),
    "enum-value-unplaced": (
        [(PG, "ALTER TYPE e ADD VALUE 'x'")],
        [(PG, "ALTER TYPE e ADD VALUE 'x' AFTER 'y'")],
    ),
    "wide-index": (
        [(PG, "CREATE INDEX i ON account (a, b, c, d)")],
        [(PG, "CREATE INDEX i ON account (a, b, c)"),
         (PG, "CREATE UNIQUE INDEX i ON account (a, b, c, d)")],
    ),
    "identifier-too-long": (
        [(PG, f"CREATE TABLE {'a' * 64} (b int)"), (PG, f"CREATE INDEX {'ä' * 32} ON account (b)"),
         (MY, f"CREATE TABLE {'a' * 65} (b int)")],
        [(PG, f"CREATE TABLE {'a' * 63} (b int)"), (MY, f"CREATE TABLE {'a' * 64} (b int)")],
    ),
    "column-assigned-twice": (
        [(PG, "UPDATE account SET plain = 'a', mail = 'b', plain = 'c' WHERE id = 1")],
        [(PG, "UPDATE account SET plain = 'a', mail = 'b' WHERE id = 1")],
    ),
    "column-order-padding": (
        [(PG, "CREATE TABLE n (a boolean, b bigint, c boolean, d bigint)")],
        [(PG, "CREATE TABLE n (b bigint, d bigint, a boolean, c boolean)")],
    ),
    "complex-routine": (
        [(PG, "CREATE FUNCTION f() RETURNS int AS $$ BEGIN " + "IF a THEN b; END IF; " * 11
          + "END $$ LANGUAGE plpgsql")],
        [(PG, "CREATE FUNCTION f() RETURNS int AS $$ BEGIN IF a THEN b; END IF; END $$ "
          "LANGUAGE plpgsql")],
    ),
    "unique-may-fail": (
        [
            (PG, "CREATE UNIQUE INDEX i ON account (plain)"),
            (LITE, "CREATE UNIQUE INDEX i ON account (plain)"),
            (MY, "ALTER TABLE account ADD UNIQUE (plain)"),
            (PG, "DROP INDEX mail_idx", "CREATE UNIQUE INDEX mail_idx ON account (mail)"),
        ],
        [(PG, "CREATE UNIQUE INDEX i ON empty (a)"), (PG, "CREATE INDEX i ON account (plain)"),
         (PG, "CREATE TABLE new (a int)", "CREATE UNIQUE INDEX i ON new (a)")],
    ),
    "enum-copies-table": (
        [(MY, "ALTER TABLE account MODIFY kind ENUM('a','c')"),
         (MY, "ALTER TABLE account MODIFY kind ENUM('b','a')"),
         (MY, f"ALTER TABLE account MODIFY kind ENUM('a','b',{MANY_LABELS})")],
        [(MY, "ALTER TABLE account MODIFY kind ENUM('a','b','c')")],
    ),
    "algorithm-copy": (
        [(MY, "ALTER TABLE account ADD INDEX i (mail), ALGORITHM=COPY"),
         (MY, "ALTER TABLE account CONVERT TO CHARACTER SET utf8mb4")],
        [(MY, "ALTER TABLE account ADD INDEX i (mail), ALGORITHM=INPLACE")],
    ),
    "lock-option": (
        [(MY, "ALTER TABLE account ADD INDEX i (mail), LOCK=SHARED")],
        [(MY, "ALTER TABLE account ADD INDEX i (mail), LOCK=NONE")],
    ),
    "primary-key-copies-table": (
        [(MY, "ALTER TABLE account ADD PRIMARY KEY (mail)")],
        [(MY, "ALTER TABLE account DROP FOREIGN KEY owner_fk")],
    ),
}  # fmt: skip

#: Rules that need more than statements and a catalog; each has a test of its own below or beside.
ELSEWHERE = {
    "alter-blocks-writes", "batch-copies-table", "batch-recreate-lost", "branched-history",
    "concurrently-in-transaction", "data-lost",
    "database-locked", "disk-headroom", "ignore-without-reason", "index-corruption",
    "inline-references-ignored", "irreversible-downgrade", "long-lock", "name-form",
    "statement-timeout-missing", "table-rewritten", "unqualified-table", "unused-ignore",
    "waited-for-lock",
}  # fmt: skip


def test_every_rule_has_a_case_for_and_against_it() -> None:
    assert set(CASES) | ELSEWHERE == set(rules())
    assert not set(CASES) & ELSEWHERE


@pytest.mark.parametrize("rule", CASES)
def test_a_rule_tells_of_what_it_is_for_and_of_nothing_else(rule: str) -> None:
    for dialect, *statements in CASES[rule][0]:
        assert rule in told(dialect, *statements), statements
    for dialect, *statements in CASES[rule][1]:
        assert rule not in told(dialect, *statements), statements


def test_every_rule_has_a_reason_a_source_and_a_safer_form() -> None:
    for rule in rules().values():
        assert rule.source.startswith("https://")
        assert rule.reason.endswith(".")
        assert rule.safer.strip()


# -- rules that look further than statements ------------------------------------------------------

CONCURRENT = "CREATE INDEX CONCURRENTLY i ON account (plain)"


def test_concurrently_needs_a_block_of_its_own() -> None:
    bare = "def upgrade():\n    op.create_index('i')\n"
    in_words = bare + "    # no autocommit_block here\n"
    block = "def upgrade():\n    with op.get_context().autocommit_block():\n        pass\n"
    assert "concurrently-in-transaction" in told(PG, CONCURRENT, source=bare)
    assert "concurrently-in-transaction" in told(PG, CONCURRENT, source=in_words)
    assert "concurrently-in-transaction" not in told(PG, CONCURRENT, source=block)
    assert "concurrently-in-transaction" not in told(PG, CONCURRENT)
    assert "concurrently-in-transaction" not in told(PG, "COMMIT", CONCURRENT, source=bare)


def test_a_version_with_a_known_fault_is_told() -> None:
    assert "index-corruption" in told(PG, CONCURRENT, version="14.3")
    assert "index-corruption" not in told(PG, CONCURRENT, version="14.4")


@pytest.mark.parametrize(
    ("dialect", "version", "is_told"),
    [("mysql", "8.4.2", True), ("mysql", "9.0.0", False), ("mariadb", "10.4.1", True),
     ("mariadb", "10.11.6", False)],
)  # fmt: skip
def test_references_beside_a_column_are_forgotten_by_old_servers(
    dialect: str, version: str, is_told: bool
) -> None:
    found = told(dialect, "CREATE TABLE n (a int REFERENCES owner (id))", version=version)
    assert ("inline-references-ignored" in found) == is_told


def test_what_speaks_against_the_way_back_is_told_on_the_way_up() -> None:
    why = "cannot go back: downgrade() raises NotImplementedError()"
    hazard = told(PG, "SELECT 1", way_back=why)["irreversible-downgrade"]
    assert why in hazard.message
    assert hazard.object is None
    assert "irreversible-downgrade" not in told(PG, "SELECT 1", way_back=why, direction="down")
    assert "irreversible-downgrade" not in told(PG, "SELECT 1")


def test_rules_for_those_who_ask() -> None:
    drop = "ALTER TABLE account DROP COLUMN plain"
    asked = Settings(enabled=frozenset({"statement-timeout-missing", "unqualified-table"}))
    assert not told(PG, drop).keys() & asked.enabled
    assert asked.enabled <= told(PG, drop, settings=asked).keys()
    safe = "ALTER TABLE public.account DROP COLUMN plain"
    found = told(PG, "SET statement_timeout = '5min'", safe, settings=asked)
    assert not found.keys() & asked.enabled


# -- what a hazard says ---------------------------------------------------------------------------


def test_size_decides_how_grave_it_is() -> None:
    def severity(table: str, rows: dict[str, int]) -> str:
        index = f"CREATE INDEX i ON {table} (a)"
        found = foresee([index], dialect=PG, rows=rows)
        return next(hazard.severity for hazard in found if hazard.rule == "index-not-concurrent")

    assert severity("account", {"account": 5_000_000}) == "high"
    assert severity("account", {"account": 20_000}) == "medium"
    assert severity("account", {"account": 12}) == "low"
    assert severity("account", {}) == "high", "an unknown size is no small one"


def test_what_can_fail_does_so_with_few_rows_too() -> None:
    sql = "ALTER TABLE t ADD COLUMN n int NOT NULL"
    for rows, severity in ((3, "high"), (0, "low")):
        found = foresee([sql], dialect=PG, rows={"t": rows})
        assert found[0].rule == "not-null-without-default" or rows == 0
        hazard = next(each for each in found if each.rule == "not-null-without-default")
        assert hazard.severity == severity


def test_an_empty_table_may_be_dropped() -> None:
    assert told(PG, "DROP TABLE empty")["drop-table"].severity == "low"
    assert told(PG, "DROP TABLE account")["drop-table"].severity == "high"
    assert told(PG, "DROP TABLE account", direction="down")["drop-table"].severity == "medium"


@pytest.mark.parametrize(
    ("dialect", "sql"),
    [
        (PG, "-- DROP TABLE account;\nSELECT 1"),
        (PG, "/* ; DROP TABLE account; */ SELECT 'a; DROP TABLE account'"),
        (PG, "SELECT $x$; DROP TABLE account; $x$"),
        (MY, "SELECT 1 # ; DROP TABLE account\n"),
        (MY, "SELECT 'it\\'s; DROP TABLE account'"),
        (LITE, "CREATE TRIGGER t AFTER UPDATE ON new BEGIN SELECT 1; DROP TABLE account; END"),
    ],
)
def test_comments_texts_and_bodies_are_no_statements(dialect: str, sql: str) -> None:
    assert not told(dialect, sql).keys() & {"drop-table", "unread-statement"}


def test_several_statements_of_one_text_are_all_read() -> None:
    found = told(PG, "SELECT 1; DROP TABLE account; TRUNCATE owner;")
    assert {"drop-table", "truncate"} <= found.keys()
    assert found["truncate"].statement == 0


def test_a_table_of_a_pending_revision_has_no_rows_yet() -> None:
    found = told(PG, "CREATE INDEX i ON made_before (a)")
    assert found["index-not-concurrent"].severity == "low"


def test_a_hazard_names_its_object_and_gives_code_to_paste() -> None:
    hazard = told(PG, "CREATE INDEX mail_i ON account (mail, plain)")["index-not-concurrent"]
    assert (hazard.object, hazard.statement, hazard.observed) == ("account", 0, False)
    assert hazard.message == (
        "The text shows that index mail_i on account is built while writers wait (5,000,000 rows)."
    )
    assert hazard.advice == (
        "with op.get_context().autocommit_block():\n"
        '    op.create_index("mail_i", "account", ["mail", "plain"], postgresql_concurrently=True)'
    )
    assert hazard.to_dict()["ignored"] is None


def test_the_gravest_come_first_and_foreseeing_nothing_is_nothing() -> None:
    found = foresee(
        ["CREATE TABLE n (a JSON)", "DROP TABLE account"], dialect=PG, rows={"account": 9}
    )
    assert [hazard.severity for hazard in found] == ["high", "medium", "low"]
    assert foresee([], dialect=PG) == ()
    assert foresee(["SELECT 1", ""], dialect=LITE) == ()


@pytest.mark.parametrize("dialect", [PG, MY, "mariadb", LITE])
@pytest.mark.parametrize(
    "sql",
    ["", ";", "'", "(", "ALTER", "ALTER TABLE", "ALTER TABLE a ADD", "CREATE INDEX", "DROP",
     "CREATE TABLE a (", "CREATE TABLE a (b", "/* no end", "$$ no end", "UPDATE a SET",
     "ALTER TYPE e ADD VALUE", "INSERT", "CREATE TRIGGER", "RENAME TABLE", "SET", "REINDEX",
     "CREATE TABLE a (b int,, c)", "ALTER TABLE a ALTER b", "DROP TABLE", "VACUUM (FULL)"],
)  # fmt: skip
def test_a_broken_statement_breaks_nothing(dialect: str, sql: str) -> None:
    for hazard in foresee([sql], dialect=dialect):
        assert hazard.message
