"""Reasons to ignore a hazard: comments in revision files, and a project's own file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from schema.errors import ConfigError
from schema.rehearsal.hazards import (
    Hazard,
    apply_ignores,
    foresee,
    read_ignores,
    read_settings,
    rules,
    rules_frame,
)
from schema.rehearsal.hazards.document import hazards_markdown

FILE = '''"""Drop what nobody reads: # schema: ignore drop-column: this is no comment"""

# schema: ignore prefer-text, prefer-bigint-key: the types of the other databases

def upgrade():
    op.drop_table("a")  # schema: ignore drop-table : it was a copy
    text = "# schema: ignore truncate: nor is this"

def downgrade():
    # schema: ignore data-lost
    # schema:ignore no-such-rule: a reason
    # SCHEMA: Ignore rename-table (a), truncate(b*): it has: two colons
    pass
'''


def hazard(rule: str) -> Hazard:
    return Hazard(rule, "high", False, "a", "The text shows it.", "do otherwise")


def test_comments_are_read_with_their_reason_and_their_way() -> None:
    found = read_ignores(FILE)
    assert [(each.rules, each.reason, each.line, each.direction) for each in found] == [
        (("prefer-text", "prefer-bigint-key"), "the types of the other databases", 3, None),
        (("drop-table",), "it was a copy", 6, "up"),
        (("data-lost",), "", 10, "down"),
        (("no-such-rule",), "a reason", 11, "down"),
        (("rename-table", "truncate"), "it has: two colons", 12, "down"),
    ]


@pytest.mark.parametrize("text", ["def upgrade(:", "x = '", "\x00", "if 1:\n pass\n  pass", ""])
def test_a_file_that_is_no_python_has_no_comments(text: str) -> None:
    assert read_ignores(text) == ()


def test_a_hazard_that_a_comment_names_keeps_its_reason() -> None:
    ignores = read_ignores(FILE)
    found = apply_ignores([hazard("drop-table"), hazard("truncate")], ignores, direction="up")
    assert [(each.rule, each.ignored) for each in found] == [
        ("drop-table", "it was a copy"),
        ("truncate", None),
    ]


def test_a_comment_of_one_way_does_not_hold_for_the_other() -> None:
    found = apply_ignores([hazard("drop-table")], read_ignores(FILE), direction="down")
    assert found[0].ignored is None


def test_what_is_wrong_with_a_comment_is_told() -> None:
    found = apply_ignores(
        [hazard("data-lost"), hazard("rename-table")],
        read_ignores(FILE),
        direction="down",
        whole=False,
    )
    assert [each.ignored for each in found[:2]] == [None, "it has: two colons"]
    assert [(each.rule, each.message) for each in found[2:]] == [
        ("ignore-without-reason", "The comment in line 10 ignores nothing: it gives no reason."),
        (
            "ignore-without-reason",
            "The comment in line 11 ignores nothing: no rule is called no-such-rule.",
        ),
    ]


def test_a_comment_that_no_longer_applies_is_told() -> None:
    ignores = read_ignores(FILE)
    assert [each.rule for each in apply_ignores([], ignores, direction="up")] == ["unused-ignore"]
    both = apply_ignores([hazard("prefer-text")], ignores[:1])
    assert "ignores prefer-bigint-key, which finds nothing here" in both[1].message
    assert apply_ignores([], ignores[:2], direction="up", whole=False) == ()


def test_a_comment_without_a_rule_is_told() -> None:
    ignores = read_ignores("# schema: ignore: everything\n# schema: ignored: not ours\n")
    assert [each.problem for each in ignores] == ["it names no rule"]


def test_a_comment_for_one_object_leaves_others() -> None:
    [ignore] = read_ignores("# schema: ignore data-lost(metrics): they have no names")
    told = [replace(hazard("data-lost"), object=name) for name in
            ("metrics", "metrics.count", "metrics_kept", "users")]  # fmt: skip
    found = apply_ignores(told, [ignore])
    assert [each.ignored is not None for each in found] == [True, True, False, False]
    assert "data-lost(metrics)" in apply_ignores(told[2:], [ignore])[-1].message


def test_the_bundled_revision_says_why_it_drops_its_counters(root: Path) -> None:
    text = (root / "alembic/versions/48609a3f5d7a_refactor_metrics_table.py").read_text()
    [ignore] = read_ignores(text)
    assert ignore.targets == (("data-lost", "metrics"), ("drop-table", "metrics"))
    assert ignore.direction == "up"
    assert ignore.problem is None


# -- hazards.toml -----------------------------------------------------------------------------


def settings_of(folder: Path, text: str) -> object:
    (folder / "hazards.toml").write_text(text)
    return read_settings(SimpleNamespace(root=folder))


def test_a_project_silences_rules_with_a_reason(tmp_path: Path) -> None:
    (tmp_path / "hazards.toml").write_text(
        '[[ignored]]\nrule = "prefer-*"\nobject = "audit.*"\nreason = "as they are"\n'
    )
    settings = read_settings(SimpleNamespace(root=tmp_path))
    tables = ["CREATE TABLE audit.a (b VARCHAR(9))", "CREATE TABLE a (b VARCHAR(9))",
              "DROP TABLE audit.a"]  # fmt: skip
    found = [
        each
        for table in tables
        for each in foresee([table], dialect="postgresql", settings=settings)
        if each.rule != "lock-timeout-missing"
    ]
    assert [(each.object, each.ignored) for each in found] == [
        ("audit.a", "as they are"),
        ("a", None),
        ("audit.a", None),
    ]


def test_a_project_asks_for_names_of_a_form(tmp_path: Path) -> None:
    (tmp_path / "hazards.toml").write_text('[names]\ntable = "[a-z]+"\nindex = "ix_.*"\n')
    settings = read_settings(SimpleNamespace(root=tmp_path))
    sql = ['CREATE TABLE "Bad" (a int)', "CREATE TABLE good (a int)", "CREATE INDEX i ON good (a)"]
    found = foresee(sql, dialect="sqlite", settings=settings)
    named = [each.message for each in found if each.rule == "name-form"]
    assert named == [
        "The text shows that the table Bad has not the form [a-z]+.",
        "The text shows that the index i has not the form ix_.*.",
    ]


def test_without_a_file_there_are_no_settings(tmp_path: Path) -> None:
    assert read_settings(SimpleNamespace(root=tmp_path)).ignored == ()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[[ignored]", "is no TOML"),
        ("other = 1", "other means nothing"),
        ("ignored = 1", "must be tables"),
        ('[[ignored]]\nrule = "prefer-text"', "'reason' is missing"),
        ('[[ignored]]\nreason = "r"', "'rule' is missing"),
        ('[[ignored]]\nrule = "no-such"\nreason = "r"', "no rule is called 'no-such'"),
        ('[[ignored]]\nrule = "truncate"\nreason = "r"\nuntil = 1', "may hold"),
        ("enable = 1", "must be a list"),
        ('enable = ["no-such"]', "no rule is called 'no-such'"),
        ('[names]\ntable = "["', "no regular expression"),
        ('[names]\nview = "a"', "may hold"),
    ],
)
def test_a_file_that_is_not_understood_is_refused(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        settings_of(tmp_path, text)


# -- the registry -----------------------------------------------------------------------------


def test_the_page_lists_all_rules_as_they_are(root: Path) -> None:
    page = root / "docs" / "hazards.md"
    how = "from schema.rehearsal.hazards.document import hazards_markdown"
    assert page.read_text() == hazards_markdown(), f"write it anew: {how}"


def test_the_rules_are_a_table() -> None:
    frame = rules_frame()
    assert list(frame.columns) == [
        "rule", "databases", "severity", "style", "opt_in", "meaning", "safer", "source",
    ]  # fmt: skip
    assert set(frame["rule"]) == set(rules())


def test_the_safer_form_of_each_rule_is_python() -> None:
    for block in hazards_markdown().split("```python\n")[1:]:
        compile(block.partition("```")[0], "docs/hazards.md", "exec")
