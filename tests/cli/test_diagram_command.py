"""``schema diagram``."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Schema = Callable[..., Any]


def test_tells_tables_and_relations(schema: Schema, sample: Path) -> None:
    ran = schema("diagram", "--url", sample)
    assert ran.code == 0
    assert "production.sqlite: 12 tables" in ran.out
    assert "guest_requests.ownername" in ran.out
    assert "users.username" in ran.out
    assert "alembic_version" not in ran.out
    assert ran.err == ""


@pytest.mark.parametrize(
    ("name", "begin"),
    [("a.svg", "<svg"), ("a.html", "<!DOCTYPE"), ("a.mmd", "erDiagram"), ("a.dbml", "Table")],
)
def test_the_name_of_the_file_says_what_is_written(
    schema: Schema, sample: Path, tmp_path: Path, name: str, begin: str
) -> None:
    ran = schema("diagram", "--url", sample, "-o", tmp_path / name)
    assert ran.code == 0
    assert ran.out == ""
    assert (tmp_path / name).read_text(encoding="utf-8").startswith(begin)


def test_a_format_goes_before_the_name(schema: Schema, sample: Path, tmp_path: Path) -> None:
    assert schema("diagram", "--url", sample, "--format", "svg").out.startswith("<svg")
    schema("diagram", "--url", sample, "--format", "dbml", "-o", tmp_path / "a.txt")
    assert (tmp_path / "a.txt").read_text().startswith("Table")


def test_an_ending_that_names_no_format_is_refused(
    schema: Schema, sample: Path, tmp_path: Path
) -> None:
    ran = schema("diagram", "--url", sample, "-o", tmp_path / "x.gif")
    assert ran.code == 2
    assert "No picture is written as .gif" in ran.err
    assert not (tmp_path / "x.gif").exists()


def test_a_png_is_written(schema: Schema, sample: Path, tmp_path: Path) -> None:
    pytest.importorskip("resvg_py", reason="PNG pictures need resvg_py")
    assert schema("diagram", "--url", sample, "-o", tmp_path / "a.png").code == 0
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


def test_focus_shows_what_is_near(schema: Schema, sample: Path) -> None:
    told = schema("diagram", "--url", sample, "--focus", "sshkeys", "--json").json
    assert {each["table"] for each in told["tables"]} == {"guest_requests", "sshkeys", "users"}
    assert told["focus"] == ["sshkeys"]
    assert told["left_out"] == 9
    schema("diagram", "--url", sample, "--focus", "sshkey").refused("'sshkey'", "sshkeys")


def test_what_changed_is_marked(schema: Schema, sample: Path, tmp_path: Path) -> None:
    path = tmp_path / "changes.json"
    ran = schema("diagram", "--url", sample, "--since", "e454", "-o", path)
    assert ran.code == 0
    told = json.loads(path.read_text())
    changes = {each["table"]: each["change"] for each in told["tables"]}
    assert changes["pool_outages"] == "added"
    assert changes["sshkeys"] == "changed"
    svg = schema("diagram", "--url", sample, "--since", "e454", "--format", "svg").out
    ET.fromstring(svg)
    assert "+ added" in svg
