"""On MariaDB too: the original is only read, and what is interrupted leaves nothing unseen."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from schema import scratch
from schema.database import parse_url
from schema.errors import NotScratchError
from schema.project import Project
from schema.rehearsal import Options, Rehearsal
from schema.scratch.mariadb_server import administer, run

pytestmark = [
    pytest.mark.mariadb,
    pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc"),
]

STAY = "(op.get_bind(), open({flag!r}, 'w').close(), __import__('time').sleep(60))"
PASSWORD = "never-to-be-told-77"


def checksum(url: str) -> object:
    """What changes when somebody writes to it, or alters it."""
    parsed = parse_url(url)
    with administer(parsed, parsed.database) as admin:
        rows = admin.exec_driver_sql("CHECKSUM TABLE customer, shop_version").all()
        times = admin.exec_driver_sql(
            "SELECT TABLE_NAME, CREATE_TIME, UPDATE_TIME FROM information_schema.TABLES "
            "WHERE TABLE_SCHEMA = DATABASE() ORDER BY TABLE_NAME"
        ).all()
        return rows, times


def left(url: str) -> list[scratch.ScratchDatabase]:
    base = str(parse_url(url).database)
    found = scratch.find(server=parse_url(url))
    return [each for each in found if each.kind == "mariadb" and base in each.source + each.name]


def test_a_killed_command_leaves_what_is_found(
    mariadb_shop: Any, command: Any, tmp_path: Path
) -> None:
    flag = tmp_path / "reached"
    up = "op.execute('ALTER TABLE customer ADD x int')\n" + STAY.format(flag=str(flag))
    mariadb_shop.write("bbb222", "aaa111", "stay", up)
    before = checksum(mariadb_shop.url)
    process = command.start(
        "rehearse", "-c", mariadb_shop.folder, "--url", mariadb_shop.url, "--to", "+1"
    )
    command.kill_when(process, flag.exists)
    found = left(mariadb_shop.url)
    assert found
    for each in found:
        each.drop()
    assert left(mariadb_shop.url) == []
    assert checksum(mariadb_shop.url) == before


def test_an_interrupted_command_leaves_nothing(
    mariadb_shop: Any, command: Any, tmp_path: Path
) -> None:
    flag = tmp_path / "reached"
    up = "op.execute('ALTER TABLE customer ADD x int')\n" + STAY.format(flag=str(flag))
    mariadb_shop.write("bbb222", "aaa111", "stay", up)
    before = checksum(mariadb_shop.url)
    process = command.start("rehearse", "-c", mariadb_shop.folder, "--url", mariadb_shop.url)
    while not flag.exists():
        assert process.poll() is None, process.communicate()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode not in {0, 1}, (out, err)
    assert left(mariadb_shop.url) == []
    assert command.processes() == []
    assert checksum(mariadb_shop.url) == before


def test_several_rehearsals_at_once_do_not_disturb_each_other(mariadb_shop: Any) -> None:
    def walk(target: str) -> tuple[str, list[str | None], list[str]]:
        with Project.open(mariadb_shop.folder) as project, Rehearsal.start(project) as rehearsal:
            steps = rehearsal.run_to(target)
            name = rehearsal.scratch.name
            rehearsal.close(drop=True)
            return name, [step.error for step in steps], [step.data.verdict for step in steps]  # type: ignore[union-attr]

    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(walk, ["ccc333", "ccc333"]))
    assert len({name for name, *_ in found}) == 2
    assert [errors for _, errors, _ in found] == [[None, None]] * 2
    assert [verdicts for *_, verdicts in found] == [["unchanged", "lost"]] * 2
    assert mariadb_shop.rows() == 3
    assert left(mariadb_shop.url) == []


@pytest.fixture
def reader(mariadb_shop: Any) -> Iterator[str]:
    """An account that may only read the original; the README says how to make one."""
    url = parse_url(mariadb_shop.url)
    with administer(url) as admin:
        run(admin, f"CREATE USER careful@localhost IDENTIFIED BY '{PASSWORD}'")
        rights = "SELECT, SHOW VIEW, TRIGGER, EVENT"
        run(admin, f"GRANT {rights} ON `{url.database}`.* TO careful@localhost")
        run(admin, "GRANT ALL ON `scratch\\_%`.* TO careful@localhost")
    yield url.set(username="careful", password=PASSWORD).render_as_string(hide_password=False)
    with administer(url) as admin:
        run(admin, "DROP USER careful@localhost")


def test_an_account_that_may_only_read_the_original_is_enough(
    mariadb_shop: Any, reader: str, tmp_path: Path
) -> None:
    found = tmp_path / "found"
    look = (
        "import pathlib\n"
        "told = [p.read_bytes() for p in pathlib.Path('/proc').glob('[0-9]*/cmdline')]\n"
        f"open({str(found)!r}, 'w').write(str(any({PASSWORD.encode()!r} in t for t in told)))\n"
    )
    mariadb_shop.write(
        "bbb222", "aaa111", "look",
        look + "op.add_column('customer', sa.Column('mail', sa.String(80)))",
        "op.drop_column('customer', 'mail')",
    )  # fmt: skip
    before = checksum(mariadb_shop.url)
    options = Options(stall_probes=True, hold=0.2)
    with Rehearsal.start(mariadb_shop.project, reader, options=options) as rehearsal:
        step = rehearsal.up()
        told = str(rehearsal.to_dict())
        trip = rehearsal.there_and_back("ccc333")
        rehearsal.close(drop=True)
    assert step.error is None
    assert step.stalls is not None
    assert step.statements[0].algorithm == "INSTANT"
    assert len(trip.revisions) == 1
    assert found.read_text() == "False"
    assert PASSWORD not in told
    assert checksum(mariadb_shop.url) == before
    assert left(mariadb_shop.url) == []


def test_nothing_but_a_marked_database_is_rehearsed_on(mariadb_shop: Any) -> None:
    before = checksum(mariadb_shop.url)
    with pytest.raises(NotScratchError):
        Rehearsal.on(mariadb_shop.project, mariadb_shop.url)
    with Rehearsal.start(mariadb_shop.project) as rehearsal:
        with administer(rehearsal.scratch.url, rehearsal.scratch.name) as admin:
            run(admin, "UPDATE _schema_scratch SET token = 'another'")
        with pytest.raises((NotScratchError, sa.exc.SQLAlchemyError)):
            rehearsal.up()
        with administer(rehearsal.scratch.url, rehearsal.scratch.name) as admin:
            token = sa.text("UPDATE _schema_scratch SET token = :t")
            admin.execute(token, {"t": rehearsal.scratch.token})
        rehearsal.close(drop=True)
    assert checksum(mariadb_shop.url) == before
