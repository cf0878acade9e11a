"""``schema drift`` as text, Markdown, one HTML file and JSON; and drift that is accepted."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

Schema = Callable[..., Any]


@pytest.fixture
def folder(root: Path, tmp_path: Path) -> Path:
    """A copy of the bundled project, in which files can be written."""
    copy = tmp_path / "project"
    shutil.copytree(root / "alembic", copy / "alembic")
    shutil.copytree(root / "schema" / "models", copy / "schema" / "models")
    shutil.copy(root / "alembic.ini", copy)
    return copy


def test_markdown_is_what_one_pastes_into_a_pull_request(schema: Schema, sample: Path) -> None:
    ran = schema("drift", "--url", sample, "--markdown")
    assert ran.code == 1
    assert ran.out.startswith("**✗ 8 changes outside migrations, 5 pending revisions")
    assert "| \\~ changed | `column guest_requests.address` |" in ran.out
    assert ran.out.count("<details>") == ran.out.count("</details>") == 2


def test_html_is_one_file_that_asks_nobody_for_anything(
    schema: Schema, sample: Path, tmp_path: Path
) -> None:
    path = tmp_path / "drift.html"
    ran = schema("drift", "--url", sample, "--html", path)
    assert (ran.code, ran.out) == (1, "")
    assert f"written: {path}" in ran.err
    page = path.read_text()
    assert page.startswith("<!DOCTYPE html>")
    assert "<title>Drift of sqlite:" in page
    tags: list[tuple[str, list[tuple[str, str | None]]]] = []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, attrs: tags.append((tag, attrs))  # type: ignore[method-assign]
    parser.feed(page)
    assert not {"script", "link", "img", "iframe", "object"} & {tag for tag, _ in tags}
    assert not [pair for _, attrs in tags for pair in attrs if pair[0] in {"src", "href"}]
    assert "url(" not in page
    assert "@import" not in page
    assert schema("drift", "--url", sample, "--html", "-").out == page


def test_a_page_may_be_written_beside_the_json(
    schema: Schema, sample: Path, tmp_path: Path
) -> None:
    path = tmp_path / "drift.html"
    ran = schema("drift", "--url", sample, "--json", "--html", path)
    assert len(ran.json["differences"]) == 8
    assert path.exists()


@pytest.mark.parametrize("form", [(), ("--markdown",), ("--json",)])
def test_output_goes_into_a_file(
    schema: Schema, sample: Path, tmp_path: Path, form: tuple[str, ...]
) -> None:
    path = tmp_path / "drift.txt"
    ran = schema("drift", "--url", sample, *form, "--output", path)
    assert (ran.code, ran.out) == (1, "")
    assert path.read_text() == schema("drift", "--url", sample, *form).out


def test_a_file_that_cannot_be_written_is_trouble(
    schema: Schema, sample: Path, tmp_path: Path
) -> None:
    path = tmp_path / "no" / "drift.md"
    schema("drift", "--url", sample, "--output", path).refused(f"{path} could not be written")


def test_two_forms_for_one_output_are_refused(schema: Schema, sample: Path) -> None:
    ran = schema("drift", "--url", sample, "--json", "--markdown")
    assert ran.code == 2
    assert "Choose one of" in ran.err


def test_accepted_drift_leaves_the_verdict_and_stays_in_sight(
    schema: Schema, sample: Path, folder: Path
) -> None:
    here = ("--url", sample, "-c", folder)
    reason = "until the import is done | <b>@ops</b>"
    ran = schema(
        "drift", *here, "--accept", "column users.role", "--reason", reason, "--until", "2999-01-01"
    )
    assert ran.code == 1
    assert str(folder / "drift-accepted.toml") in ran.err
    again = schema("drift", *here, "--json")
    assert len(again.json["differences"]) == 7
    assert [item["accepted"] for item in again.json["accepted"]] == [reason]
    assert "accepted: until the import is done" in schema("drift", *here).out
    markdown = schema("drift", *here, "--markdown").out
    assert "@ops" not in markdown
    assert "<b>" not in markdown.replace("\\<b", "")
    assert "<b>@ops" not in schema("drift", *here, "--html", "-").out


def test_an_object_may_be_named_without_its_kind(
    schema: Schema, sample: Path, folder: Path
) -> None:
    here = ("--url", sample, "-c", folder)
    assert schema("drift", *here, "--accept", "users.role", "--reason", "why").code == 1
    assert 'object = "column users.role"' in (folder / "drift-accepted.toml").read_text()


def test_what_did_not_drift_cannot_be_accepted(schema: Schema, sample: Path, folder: Path) -> None:
    ran = schema(
        "drift", "--url", sample, "-c", folder, "--accept", "column users.rolle", "--reason", "x"
    )
    ran.refused("'column users.rolle'", "column guest_requests.address")
    assert not (folder / "drift-accepted.toml").exists()


@pytest.mark.parametrize(
    "options", [("--accept", "column users.role"), ("--reason", "x"), ("--until", "2030-01-01")]
)
def test_accepting_needs_a_reason(schema: Schema, sample: Path, options: tuple[str, ...]) -> None:
    ran = schema("drift", "--url", sample, *options)
    assert ran.code == 2
    assert "--accept needs a --reason" in ran.err


def test_it_compares_with_another_revision_when_told_to(schema: Schema, sample: Path) -> None:
    at_head = schema("drift", "--url", sample, "--at", "7adee582ada3", "--json")
    assert at_head.code == 1
    assert at_head.json["pending_revisions"] == []
    assert len(at_head.json["differences"]) > 8
    schema("drift", "--url", sample, "--at", "nope").refused("nope")
