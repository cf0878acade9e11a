"""Results are kept as they come, and a later check goes on with them."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from schema.errors import ConfigError
from schema.fleet import check_fleet

if TYPE_CHECKING:
    from tests.conftest import Shop


def test_those_that_were_checked_are_not_read_again(
    shop: Shop, fleet: list[Path], tmp_path: Path
) -> None:
    results = tmp_path / "results.jsonl"
    first = check_fleet(shop.project, fleet, executor="threads", results=results)
    lines = [json.loads(line) for line in results.read_text().splitlines()]
    assert sum("member" in line for line in lines) == len(fleet)
    assert stat.S_IMODE(results.stat().st_mode) == 0o600
    gone = fleet[-1]
    fleet[0].rename(gone)  # what could not be checked is tried again
    second = check_fleet(shop.project, fleet, executor="threads", results=results)
    assert [item.verdict for item in second.members[:-1]] == [
        item.verdict for item in first.members[:-1]
    ]
    assert second.members[-1].verdict == "clean"
    assert [group.verdict for group in second.groups] == [group.verdict for group in first.groups]
    drifted = second.group("drifted.db")
    assert drifted is not None
    assert [item.name for item in drifted.differences] == ["vip"]
    third = check_fleet(shop.project, fleet, executor="threads", results=results, again=True)
    assert third.members[0].verdict == "unreachable"


def test_results_of_another_state_of_the_project_do_not_count(
    shop: Shop, fleet: list[Path], tmp_path: Path
) -> None:
    results = tmp_path / "results.jsonl"
    check_fleet(shop.project, fleet[:2], executor="threads", results=results)
    shop.revision("ddd444", "ccc333", "op.add_column('invoice', sa.Column('paid', sa.Date))")
    found = check_fleet(shop.project, fleet[:2], executor="threads", results=results)
    assert [item.verdict for item in found.members] == ["behind", "behind"]
    assert "another state of the project" in found.notes[0]


def test_a_line_that_was_cut_is_passed_over(shop: Shop, fleet: list[Path], tmp_path: Path) -> None:
    results = tmp_path / "results.jsonl"
    check_fleet(shop.project, fleet[:3], executor="threads", results=results)
    results.write_text(results.read_text()[:-40])
    found = check_fleet(shop.project, fleet[:3], executor="threads", results=results)
    assert found.counts == {"clean": 3}


@pytest.mark.parametrize("again", [False, True])
def test_a_file_of_something_else_is_left_alone(
    again: bool, shop: Shop, fleet: list[Path], tmp_path: Path
) -> None:
    other = tmp_path / "notes.txt"
    other.write_text("buy milk\n")
    with pytest.raises(ConfigError, match="holds no results"):
        check_fleet(shop.project, fleet[:1], executor="threads", results=other, again=again)
    assert other.read_text() == "buy milk\n"
