"""What MariaDB loses in silence is named, with figures."""

from __future__ import annotations

from typing import Any

import pytest

from schema.database import parse_url
from schema.rehearsal import Rehearsal
from schema.scratch.mariadb_server import administer, run

pytestmark = pytest.mark.mariadb

TABLE = (
    "CREATE TABLE kinds (id int PRIMARY KEY, cut varchar(40), charset varchar(40), "
    "e enum('new', 'open', 'done'), s set('x', 'y', 'z'), clipped int, sign int, small bigint, "
    "day varchar(20), money decimal(10, 4), at datetime(6), gone varchar(9)) CHARACTER SET utf8mb4",
    "INSERT INTO kinds SELECT seq, repeat('w', 8 + seq), if(seq < 4, concat('π', seq), 'plain'), "
    "elt(1 + seq % 3, 'new', 'open', 'done'), 'x,z', seq, -seq, 100 * seq, "
    "if(seq = 5, 'never', '2020-01-02'), seq + 0.1234, '2020-01-01 10:00:00.5', 'x' "
    "FROM seq_1_to_12",
)
CHANGES = """
op.execute("SET SESSION sql_mode = ''")
op.execute("ALTER TABLE kinds MODIFY cut varchar(12)")
op.execute("ALTER TABLE kinds MODIFY charset varchar(40) CHARACTER SET latin1")
op.execute("ALTER TABLE kinds MODIFY e enum('new', 'open')")
op.execute("ALTER TABLE kinds MODIFY s set('x', 'y')")
op.execute("ALTER TABLE kinds MODIFY sign int unsigned")
op.execute("ALTER TABLE kinds MODIFY small tinyint unsigned")
op.execute("ALTER TABLE kinds MODIFY day date")
op.execute("ALTER TABLE kinds MODIFY money decimal(10, 1)")
op.execute("ALTER TABLE kinds MODIFY at datetime")
op.execute("ALTER TABLE kinds DROP gone")
"""


def test_every_silent_loss_has_its_figure(mariadb_shop: Any) -> None:
    url = parse_url(mariadb_shop.url)
    with administer(url, url.database) as admin:
        for statement in TABLE:
            run(admin, statement)
    mariadb_shop.write("bbb222", "aaa111", "lose", CHANGES)
    with Rehearsal.start(mariadb_shop.project) as rehearsal:
        [step] = rehearsal.run_to("bbb222")
        rehearsal.close(drop=True)
    assert step.error is None
    assert step.data is not None
    told = {(each.column, each.kind): each.count for each in step.data.lost}
    assert told == {
        ("cut", "truncated"): 8,
        ("charset", "encoding"): 3,
        ("e", "emptied"): 4,
        ("s", "truncated"): 12,
        ("sign", "clipped"): 12,
        ("small", "clipped"): 10,
        ("day", "zeroed"): 1,
        ("money", "rounded"): 12,
        ("at", "rounded"): 12,
        ("gone", "column"): 12,
    }
    said = {each.column: each.message for each in step.data.lost}
    assert "-1 → 0" in said["sign"]
    assert "300 → 255" in said["small"]
    assert "never → 0000-00-00" in said["day"]
    assert {item.rule for item in step.hazards} >= {"data-lost"}
    warned = " ".join(each.message for each in step.notices)
    assert "Data truncated for column 'cut'" in warned
    assert "Out of range value for column 'small'" in warned


def test_in_strict_mode_the_step_fails_and_nothing_is_lost(mariadb_shop: Any) -> None:
    url = parse_url(mariadb_shop.url)
    with administer(url, url.database) as admin:
        for statement in TABLE:
            run(admin, statement)
    mariadb_shop.write(
        "bbb222", "aaa111", "refuse",
        "op.execute(\"SET SESSION sql_mode = 'STRICT_ALL_TABLES'\")\n"
        "op.execute('ALTER TABLE kinds MODIFY cut varchar(12)')",
    )  # fmt: skip
    with Rehearsal.start(mariadb_shop.project) as rehearsal:
        [step] = rehearsal.run_to("bbb222")
        rehearsal.close(drop=True)
    assert "Data truncated for column 'cut' at row 5" in (step.error or "")
    assert step.data is not None
    assert step.data.lost == ()


def test_values_that_somebody_sets_are_not_clipped(mariadb_shop: Any) -> None:
    url = parse_url(mariadb_shop.url)
    with administer(url, url.database) as admin:
        for statement in TABLE:
            run(admin, statement)
    mariadb_shop.write(
        "bbb222", "aaa111", "set", "op.execute('UPDATE kinds SET small = 255 WHERE id IN (3, 4)')"
    )
    with Rehearsal.start(mariadb_shop.project) as rehearsal:
        [step] = rehearsal.run_to("bbb222")
        rehearsal.close(drop=True)
    assert step.data is not None
    assert step.data.lost == ()
    assert [(each.kind, each.count) for each in step.data.changes] == [("values changed", 2)]
