"""A step is a value: its tables and its JSON say the same, and nothing unknown is shown as zero."""

from __future__ import annotations

import json

import pytest

from schema.compare import Difference, Differences
from schema.rehearsal import Statement, Step

STEP = Step(
    revision="bbb222",
    message="add mail",
    direction="up",
    seconds=0.25,
    statements=(Statement("ALTER TABLE a", 0.2, None), Statement("INSERT", 0.05, 12, 12)),
    differences=Differences(
        [
            Difference("table", None, None, "_alembic_tmp_a", "added"),
            Difference("column", None, "a", "mail", "added"),
        ]
    ),
    rows_before={"a": 3, "gone": 5, "same": 7},
    rows_after={"a": 15, "_alembic_tmp_a": 0, "same": 7},
    stamp_after=("bbb222",),
)


def test_a_table_on_one_side_only_has_no_number_on_the_other() -> None:
    assert STEP.rows == {
        "_alembic_tmp_a": (None, 0),
        "a": (3, 15),
        "gone": (5, None),
        "same": (7, 7),
    }
    assert "same" not in STEP.changed_rows


def test_rows_as_a_table_keep_what_is_missing_missing() -> None:
    frame = STEP.rows_frame().set_index("table")
    assert list(frame.columns) == ["before", "after", "change"]
    assert frame.loc["a", "change"] == 12
    assert frame["after"].isna()["gone"]
    assert frame["change"].isna()["gone"]


def test_statements_as_a_table() -> None:
    frame = STEP.statements_frame()
    assert list(frame.columns) == [
        "sql", "seconds", "rows", "executions", "parameters", "started", "wal_bytes",
        "algorithm", "lock", "refused",
    ]  # fmt: skip
    assert frame["rows"].isna()[0]
    assert frame["executions"][1] == 12


def test_a_left_batch_copy_is_named() -> None:
    assert STEP.leftovers == ("_alembic_tmp_a",)


def test_json_holds_everything() -> None:
    told = json.loads(json.dumps(STEP.to_dict()))
    assert told["rows"]["gone"] == [5, None]
    assert told["statements"][1] == {
        "sql": "INSERT", "seconds": 0.05, "rows": 12, "executions": 12,
        "parameters": None, "started": None, "wal_bytes": None,
        "algorithm": None, "lock": None, "refused": None,
    }  # fmt: skip
    assert told["differences"][1]["name"] == "mail"
    assert told["error"] is None
    assert told["stamp_after"] == ["bbb222"]


def test_a_step_cannot_be_altered() -> None:
    with pytest.raises(TypeError):
        STEP.rows_before["a"] = 1  # type: ignore[index]
