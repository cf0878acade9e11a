"""Timelines on PostgreSQL, whatever the project's own database is; and what is kept there."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from schema import scratch
from schema.timeline import read_timeline

if TYPE_CHECKING:
    from tests.conftest import Shop

StepsRun = Callable[..., list[str]]

pytestmark = [pytest.mark.postgresql, pytest.mark.usefixtures("embedded")]


def kept() -> set[str]:
    return {each.name for each in scratch.find() if each.keeps}


def databases(server: str) -> set[str]:
    engine = sa.create_engine(server, poolclass=sa.NullPool)
    with engine.connect() as connection:
        return set(connection.scalars(sa.text("SELECT datname FROM pg_database")))


def test_states_are_kept_on_the_embedded_server_and_copied_from(
    shop: Shop, steps_run: StepsRun
) -> None:
    before = kept()
    assert steps_run(shop.project, dialect="postgresql") == ["aaa111", "bbb222", "ccc333"]
    mine = kept() - before
    assert len(mine) == 3
    shop.revision("ddd444", "ccc333", "op.drop_table('invoice')")
    assert steps_run(shop.project, dialect="postgresql") == ["ddd444"]
    shop.revision("ccc333", "bbb222", "op.create_table('x', sa.Column('a', sa.Integer))")
    timeline = read_timeline(shop.project, dialect="postgresql")
    assert [step.id for step in timeline.failed] == ["ddd444"]
    assert timeline.step("ccc333").tables == ("public.x",)
    assert mine <= kept()
    assert {each.name for each in scratch.find() if "_replay_" in each.name} <= kept()


def test_what_a_failed_revision_committed_stays_and_is_said(shop: Shop) -> None:
    body = """
        with op.get_context().autocommit_block():
            op.create_table('half', sa.Column('a', sa.Integer))
        op.execute('SELECT no_such_function()')
    """
    shop.revision("bbb222", "aaa111", body)
    for _ in ("cold", "warm"):
        timeline = read_timeline(shop.project, dialect="postgresql")
        step = timeline.step("bbb222")
        assert step.is_half_done
        assert [item.label for item in step.differences] == ["public.half"]
        assert step.summary == "failed half way: 1 added"
        assert timeline.step("ccc333").failure is None


def test_an_extension_that_is_not_there_is_marked(shop: Shop) -> None:
    shop.revision("bbb222", "aaa111", "op.execute('CREATE EXTENSION no_such_extension')")
    timeline = read_timeline(shop.project, dialect="postgresql")
    (failed,) = timeline.failed
    assert "no_such_extension" in str(failed.failure)
    assert timeline.step("ccc333").without == ("bbb222",)


def test_on_another_server_no_database_stays(
    shop: Shop, steps_run: StepsRun, postgresql_server: str
) -> None:
    before = databases(postgresql_server)
    more: dict[str, Any] = {"dialect": "postgresql", "server": postgresql_server}
    assert len(steps_run(shop.project, **more)) == 3
    assert databases(postgresql_server) == before
    assert steps_run(shop.project, **more) == []


def test_both_dialects_have_timelines_of_their_own(shop: Shop) -> None:
    found = {name: read_timeline(shop.project, dialect=name) for name in ("sqlite", "postgresql")}
    types = {}
    for name, timeline in found.items():
        (column,) = [item for item in timeline.at("head").values() if item.name == "number"]
        types[name] = column.properties["type"]
    assert types == {"sqlite": "VARCHAR(20)", "postgresql": "character varying(20)"}
