"""A step that was applied in part, as MariaDB leaves it, and others that only look like it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from schema.trouble import Diagnosis, Trouble
from tests.trouble.conftest import Lab

pytestmark = pytest.mark.slow

Told = Callable[[Diagnosis, str], Trouble]

_STEP = """
op.add_column('customer', sa.Column('phone', sa.String(20)))
op.execute("UPDATE customer SET phone = 'none'")
op.create_index('by_phone', 'customer', ['phone'])
op.create_table('coupon', sa.Column('id', sa.Integer, primary_key=True))
op.add_column('invoice', sa.Column('coupon', sa.Integer))
"""


def test_a_step_that_failed_in_the_middle_on_mariadb(maria_lab: Lab, told: Told) -> None:
    lab = maria_lab
    lab.make("ccc333")
    lab.shop.revision("ddd444", "ccc333", _STEP)
    lab.sql("CREATE TABLE coupon (id INTEGER)")  # in the way
    assert "already exists" in lab.alembic("upgrade", "head", ok=False)
    lab.sql("DROP TABLE coupon")
    assert lab.rows() == [("ccc333",)]

    found = lab.diagnose()
    trouble = told(found, "half-applied")
    assert len(found) == 1
    assert "3 of its 5 statements are done" in trouble.said
    assert trouble.known[0] == "Done: ALTER TABLE customer ADD COLUMN phone VARCHAR(20)"
    assert "Not done: CREATE TABLE coupon" in trouble.known[3]
    assert "the schema cannot tell" in trouble.known[-1]
    advice = trouble.advice[0]
    assert "exactly that of the whole revision afterwards" in advice.said
    assert advice.sql is not None
    lab.sql(*(each for each in advice.sql.split(";\n") if each.strip()))
    lab.shell(advice.command)
    assert not lab.diagnose()
    lab.engine.dispose()


def test_a_step_half_done_on_the_other_kinds(lab: Lab, told: Told) -> None:
    """Where transactions hold it is the work of a hand, or of a block in autocommit."""
    lab.make("ccc333", "ALTER TABLE customer ADD COLUMN phone VARCHAR(20)")
    lab.shop.revision("ddd444", "ccc333", _STEP)
    trouble = told(lab.diagnose(), "half-applied")
    assert "1 of its 5 statements are done" in trouble.said
    sql = trouble.advice[0].sql
    assert sql is not None
    lab.sql(*(each for each in sql.split(";\n") if each.strip()))
    lab.shell(trouble.advice[0].command)
    assert not lab.diagnose()


def test_percent_signs_are_told_as_they_are_run(lab: Lab, told: Told) -> None:
    rate = "sa.Column('rate', sa.String(9), server_default='5%%')"
    step = f"op.create_table('coupon', sa.Column('id', sa.Integer), {rate})"
    lab.make("ccc333", "ALTER TABLE customer ADD COLUMN phone VARCHAR(20)")
    phone = "op.add_column('customer', sa.Column('phone', sa.String(20)))"
    lab.shop.revision("ddd444", "ccc333", f"{phone}\n{step}")
    advice = told(lab.diagnose(), "half-applied").advice[0]
    assert "exactly that of the whole revision afterwards" in advice.said
    assert "'5%%'" in str(advice.sql)


@pytest.mark.postgresql
def test_a_version_table_in_a_schema_of_its_own(
    small_lab: Lab, postgresql_url: str, told: Told
) -> None:
    lab = Lab(small_lab.shop, postgresql_url)
    env = lab.root / "migrations" / "env.py"
    text = env.read_text()
    env.write_text(text.replace("version_table=", "version_table_schema='ops', version_table="))
    lab.make("ccc333", "CREATE SCHEMA ops", "ALTER TABLE shop_version SET SCHEMA ops",
             "ALTER TABLE customer ADD COLUMN phone VARCHAR(20)")  # fmt: skip
    lab.shop.revision("ddd444", "ccc333", _STEP)
    assert "1 of its 5 statements" in told(lab.diagnose(), "half-applied").said
    lab.engine.dispose()


def test_what_is_no_part_of_the_step_is_drift(lab: Lab) -> None:
    lab.make("ccc333", "ALTER TABLE customer ADD COLUMN mobile VARCHAR(20)")
    lab.shop.revision("ddd444", "ccc333", _STEP)
    found = lab.diagnose()
    assert not found
    assert "drift" in found.notes[0]


@pytest.mark.parametrize("value", ["it's 100% done; :x", "?"])
def test_values_in_quotes_are_no_parameters(small_lab: Lab, told: Told, value: str) -> None:
    lab = small_lab
    default = str(sa.literal(value).compile(compile_kwargs={"literal_binds": True}))
    lab.make("ccc333", "ALTER TABLE customer ADD COLUMN phone VARCHAR(20)")
    lab.shop.revision(
        "ddd444",
        "ccc333",
        "op.add_column('customer', sa.Column('phone', sa.String(20)))\n"
        f"op.add_column('customer', sa.Column('b', sa.String(40), server_default={value!r}))",
    )
    trouble = told(lab.diagnose(), "half-applied")
    assert "exactly that of the whole revision" in trouble.advice[0].said
    assert default in str(trouble.advice[0].sql)
