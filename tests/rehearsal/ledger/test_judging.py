"""Each loss of data is caught and named; what is no loss is not called one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.rehearsal.ledger.conftest import Step

PEOPLE = (
    "CREATE TABLE people (id INTEGER PRIMARY KEY, name VARCHAR(50), born TIMESTAMP,"
    " height NUMERIC(10, 3), note TEXT)",
    "INSERT INTO people VALUES"
    " (1, 'Ada Lovelace', '1815-12-10 10:00:00.123456', 12.345, 'Müller'),"
    " (2, 'Grace Hopper', '1906-12-09 11:30:00.5', 1.5, 'é'),"
    " (3, 'Annie Easley', '1933-04-23 12:00:00', 100, NULL)",
)


def losses(step: Step, **options: bool) -> list[tuple[str, str, str | None, int | None]]:
    verdict = step.judge(**options)
    assert (verdict.verdict == "lost") == bool(verdict.lost)
    return [(each.kind, each.table, each.column, each.count) for each in verdict.lost]


def test_nothing_done_is_unchanged(step: Step) -> None:
    step.given(*PEOPLE)
    verdict = step.judge()
    assert (verdict.verdict, verdict.changes, verdict.lost) == ("unchanged", (), ())
    assert step.judge(lookup=False).verdict == "unchanged"


def test_rows_in_another_order_are_unchanged(step: Step) -> None:
    step.given(*PEOPLE).run(
        "CREATE TABLE other AS SELECT * FROM people ORDER BY name DESC",
        "DELETE FROM people",
        "INSERT INTO people SELECT * FROM other",
        "DROP TABLE other",
    )
    assert step.judge(lookup=False).verdict == "unchanged"


def test_a_renamed_table_and_column_are_unchanged(step: Step) -> None:
    step.given(*PEOPLE).run(
        "ALTER TABLE people RENAME TO persons", "ALTER TABLE persons RENAME COLUMN note TO remark"
    )
    verdict = step.judge()
    assert (verdict.verdict, verdict.lost) == ("unchanged", ())


def test_a_column_copied_into_a_new_one_is_not_lost(step: Step) -> None:
    step.given(*PEOPLE).run(
        "ALTER TABLE people ADD COLUMN full_name VARCHAR(80)",
        "UPDATE people SET full_name = name",
        "ALTER TABLE people DROP COLUMN name",
    )
    assert step.judge().lost == ()
    assert step.judge(lookup=False).lost == ()


def test_deleted_rows_are_lost(step: Step) -> None:
    step.given(*PEOPLE).run("DELETE FROM people WHERE id > 1")
    assert losses(step) == losses(step, lookup=False) == [("rows", "people", None, 2)]
    [loss] = step.judge().lost
    assert loss.message == "table people: 2 rows are gone"
    assert "Grace Hopper" in str(loss.examples[0])
    assert "Ada" not in str(loss.examples)


def test_rows_deleted_and_others_added_are_told_apart_by_a_lookup(step: Step) -> None:
    step.given(*PEOPLE).run(
        "DELETE FROM people WHERE id = 1",
        "INSERT INTO people VALUES (4, 'x', NULL, 1, NULL), (5, 'y', NULL, 1, NULL)",
    )
    verdict = step.judge()
    assert [(each.kind, each.count) for each in verdict.lost] == [("rows", 1)]
    assert [(each.kind, each.count) for each in verdict.changes] == [("rows added", 2)]


def test_an_emptied_table_needs_no_notes(step: Step) -> None:
    step.given(*PEOPLE).run("DELETE FROM people")
    verdict = step.judge()
    assert verdict.lost[0].message == "table people: emptied: all of its 3 rows are gone"
    assert (len(verdict.lost), verdict.notes) == (1, ())


def test_a_dropped_table_is_lost_with_its_rows(step: Step) -> None:
    step.given(*PEOPLE, "CREATE TABLE vacant (id INTEGER)")
    step.run("DROP TABLE people", "DROP TABLE vacant")
    assert losses(step) == [("table", "people", None, 3)]
    [loss] = step.judge().lost
    assert loss.message == "table people: dropped with its 3 rows"
    assert len(loss.examples) == 3


def test_a_dropped_column_is_lost_with_its_values(step: Step) -> None:
    step.given(*PEOPLE).run("ALTER TABLE people DROP COLUMN note")
    assert losses(step) == losses(step, lookup=False) == [("column", "people", "note", 2)]
    [loss] = step.judge().lost
    assert loss.examples == (("1", "Müller", None), ("2", "é", None))


def test_a_dropped_column_without_values_is_no_loss(step: Step) -> None:
    step.given(*PEOPLE, "UPDATE people SET note = NULL")
    step.run("ALTER TABLE people DROP COLUMN note")
    assert step.judge().verdict == "unchanged"


def test_values_set_to_null_are_lost(step: Step) -> None:
    step.given(*PEOPLE).run("UPDATE people SET note = NULL WHERE id = 1")
    assert losses(step) == losses(step, lookup=False) == [("nulled", "people", "note", 1)]
    [loss] = step.judge().lost
    assert loss.message == "column people.note: 1 value became NULL, Müller → NULL"
    assert loss.examples == (("1", "Müller", None),)


def test_filled_nulls_are_a_change(step: Step) -> None:
    step.given(*PEOPLE).run("UPDATE people SET note = '' WHERE note IS NULL")
    for verdict in (step.judge(), step.judge(lookup=False)):
        assert verdict.verdict == "transformed"
        assert [(each.kind, each.count) for each in verdict.changes] == [("column filled", 1)]


def test_new_rows_columns_and_tables_are_added(step: Step) -> None:
    step.given(*PEOPLE).run(
        "ALTER TABLE people ADD COLUMN country VARCHAR(2) DEFAULT 'GB'",
        "CREATE TABLE places (id INTEGER PRIMARY KEY)",
        "INSERT INTO places VALUES (1)",
        "INSERT INTO people (id) VALUES (4)",
    )
    verdict = step.judge()
    assert verdict.verdict == "added"
    assert {each.kind for each in verdict.changes} == {"rows added", "column added", "table added"}


@pytest.mark.parametrize(
    ("change", "kind", "column", "count", "shown"),
    [
        ("name = substr(name, 1, 5)", "truncated", "name", 3, "Ada Lovelace → Ada L"),
        ("height = round(height, 2)", "rounded", "height", 1, "12.345 → 12.3"),
        ("note = 'MÃ¼ller' WHERE id = 1", "encoding", "note", 1, "Müller → MÃ¼ller"),
        ("note = 'M?ller' WHERE id = 1", "encoding", "note", 1, "Müller → M?ller"),
        ("note = '' WHERE id = 1", "emptied", "note", 1, "Müller → ''"),
    ],
)
def test_a_loss_within_values_is_named(
    step: Step, change: str, kind: str, column: str, count: int, shown: str
) -> None:
    step.given(*PEOPLE).run(f"UPDATE people SET {change}")
    assert losses(step) == [(kind, "people", column, count)]
    [loss] = step.judge().lost
    assert shown in loss.message
    assert step.judge(lookup=False).verdict in {"transformed", "lost"}


def test_a_time_zone_shift_is_named(step: Step) -> None:
    how = {
        "sqlite": "strftime('%Y-%m-%d %H:%M:%f', born, '+2 hours')",
        "postgresql": "born + interval '2 hours'",
    }[step.kind]
    step.given(*PEOPLE, "UPDATE people SET born = '1900-01-0' || id || ' 10:00:00.125'"
               if step.kind == "sqlite" else "SELECT 1")  # fmt: skip
    step.run(f"UPDATE people SET born = {how}")
    assert losses(step) == [("time shift", "people", "born", 3)]
    assert "3 values moved by +2 h" in step.judge().lost[0].message


def test_a_shift_over_summer_time_names_both_hours_and_takes_midnight_for_none(step: Step) -> None:
    """01:00 that becomes 00:00 of the same day was not cut to its day where all others moved."""
    moments = ["2024-03-01 10:00:00", "2024-03-02 01:00:00", "2024-03-03 12:00:00",
               "2024-07-01 02:00:00", "2024-07-02 15:30:00"]  # fmt: skip
    rows = ", ".join(f"({n}, '{moment}')" for n, moment in enumerate(moments))
    step.given("CREATE TABLE orders (id INTEGER PRIMARY KEY, placed TIMESTAMP)",
               f"INSERT INTO orders VALUES {rows}")  # fmt: skip
    if step.kind == "sqlite":
        how = "datetime(placed, CASE WHEN placed < '2024-04' THEN '-1 hours' ELSE '-2 hours' END)"
        step.run(f"UPDATE orders SET placed = {how}")
    else:
        step.run("ALTER TABLE orders ALTER placed TYPE timestamptz"
                 " USING placed AT TIME ZONE 'Europe/Berlin'")  # fmt: skip
    assert losses(step) == [("time shift", "orders", "placed", 5)]
    assert "5 values moved by −1 h or −2 h" in step.judge().lost[0].message


def test_one_moment_moved_is_no_time_shift(step: Step) -> None:
    step.given(*PEOPLE).run("UPDATE people SET born = '1933-04-23 13:00:00' WHERE id = 3")
    assert step.judge().verdict == "transformed"


def test_lost_microseconds_are_rounded(step: Step) -> None:
    step.given(*PEOPLE).run(
        "UPDATE people SET born = substr(born, 1, 19)"
        if step.kind == "sqlite"
        else "ALTER TABLE people ALTER born TYPE timestamp(0)"
    )
    assert losses(step) == [("rounded", "people", "born", 2)]
    if step.kind == "postgresql":
        assert losses(step, lookup=False) == [("rounded", "people", "born", None)]


def test_a_timestamp_cut_to_its_day_is_a_lossy_cast(step: Step) -> None:
    step.given(*PEOPLE).run(
        "UPDATE people SET born = substr(born, 1, 10)"
        if step.kind == "sqlite"
        else "ALTER TABLE people ALTER born TYPE date"
    )
    assert losses(step) == [("cast", "people", "born", 3)]


def test_capitals_folded_are_a_change_that_tells_how_many_merged(step: Step) -> None:
    step.given(*PEOPLE, "UPDATE people SET name = 'ADA LOVELACE' WHERE id = 2")
    step.run("UPDATE people SET name = lower(name)")
    verdict = step.judge()
    assert (verdict.verdict, verdict.lost) == ("transformed", ())
    [change] = verdict.changes
    assert (change.kind, change.count) == ("case folded", 3)
    assert "3 different ones became 2" in change.message


def test_all_values_made_one_are_lost(step: Step) -> None:
    step.given(*PEOPLE).run("UPDATE people SET name = 'nobody'")
    assert losses(step) == [("values", "people", "name", 3)]
    assert losses(step, lookup=False) == [("values", "people", "name", None)]


def test_values_rewritten_are_a_change(step: Step) -> None:
    step.given(*PEOPLE).run("UPDATE people SET name = 'x' || id")
    verdict = step.judge()
    assert verdict.verdict == "transformed"
    assert [(each.kind, each.column, each.count) for each in verdict.changes] == [
        ("values changed", "name", 3)
    ]
    assert verdict.changes[0].examples[0] == ("1", "Ada Lovelace", "x1")


def test_duplicates_merged_are_rows_lost(step: Step) -> None:
    step.given(*PEOPLE, "UPDATE people SET name = 'Ada' WHERE id < 3")
    step.run("DELETE FROM people WHERE id NOT IN (SELECT min(id) FROM people GROUP BY name)")
    assert losses(step) == [("rows", "people", None, 1)]


def test_no_value_leaves_without_examples(step: Step) -> None:
    step.given(*PEOPLE).run(
        "UPDATE people SET name = substr(name, 1, 5), note = NULL",
        "DELETE FROM people WHERE id = 2",
        "ALTER TABLE people DROP COLUMN height",
    )
    verdict = step.judge(examples=False)
    assert {each.kind for each in verdict.lost} == {"truncated", "nulled", "rows", "column"}
    told = str(verdict.to_dict()) + repr(verdict) + verdict.frame().to_csv()
    told += "".join(ledger.frame().to_csv() + str(ledger) for ledger in step.ledgers(False))
    for value in ("Ada", "Grace", "Müller", "12.345", "1906"):
        assert value not in told


def test_a_table_without_a_key_is_judged_by_its_figures(step: Step) -> None:
    step.given("CREATE TABLE loose (a VARCHAR(9))", "INSERT INTO loose VALUES ('one'), ('two')")
    step.run("UPDATE loose SET a = 'three' WHERE a = 'two'")
    verdict = step.judge()
    assert verdict.verdict == "transformed"
    assert "no key" in verdict.notes[0]


def test_a_new_key_is_not_taken_for_lost_rows(step: Step) -> None:
    step.given(*PEOPLE).run("UPDATE people SET id = id + 10")
    verdict = step.judge()
    assert verdict.verdict == "transformed"
    assert "another key" in verdict.notes[0]


def test_a_unique_column_serves_as_a_key(step: Step) -> None:
    step.given(
        "CREATE TABLE loose (a VARCHAR(9) NOT NULL UNIQUE, b VARCHAR(9))",
        "INSERT INTO loose VALUES ('one', 'long text'), ('two', 'x')",
    )
    step.run("UPDATE loose SET b = 'long' WHERE a = 'one'")
    assert losses(step) == [("truncated", "loose", "b", 1)]


def test_examples_are_three_and_short(step: Step) -> None:
    step.given(
        "CREATE TABLE big (id INTEGER PRIMARY KEY, t TEXT)",
        *(f"INSERT INTO big VALUES ({n}, '{'x' * 5000}')" for n in range(5)),
    )
    step.run("UPDATE big SET t = substr(t, 1, 4000)", "DELETE FROM big WHERE id = 4")
    for loss in step.judge().lost:
        assert len(loss.examples) <= 3
        assert len(str(loss.to_dict())) < 2000


def test_awkward_names_are_quoted(step: Step) -> None:
    names = ["order", "50% off", 'with "quotes"', "semi;colon", ":colon", "ümlaut"]
    quoted = ['"' + name.replace('"', '""').replace("%", "%%" if step.kind == "postgresql" else "%")
              + '"' for name in names]  # fmt: skip
    step.given(
        *(f"CREATE TABLE {name} ({quoted[1]} INTEGER PRIMARY KEY, {quoted[2]} TEXT)"
          for name in quoted),
        *(f"INSERT INTO {name} VALUES (1, 'text'), (2, 'other')" for name in quoted),
    )  # fmt: skip
    step.run(*(f"UPDATE {name} SET {quoted[2]} = 'tex' WHERE {quoted[1]} = 1" for name in quoted))
    step.run(*(f"DELETE FROM {name} WHERE {quoted[1]} = 2" for name in quoted))
    found = losses(step)
    assert {(table, kind) for kind, table, _, _ in found} == {
        (name, kind) for name in names for kind in ("truncated", "rows")
    }
