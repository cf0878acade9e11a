"""``schema locate``: its text, its JSON, its exit codes."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from schema import report
from schema.locate import locate
from schema.project import Project

Schema = Callable[..., Any]


def changed(path: Path, *statements: str) -> Path:
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()
    return path


@pytest.fixture
def exact(root: Path, tmp_path: Path) -> Path:
    """A database whose schema is just that of its stamp."""
    path = tmp_path / "exact.sqlite"
    upgrade = [sys.executable, "-m", "alembic", "-x", f"url=sqlite:///{path}", "upgrade"]
    subprocess.run([*upgrade, "e454a81bd5a2"], cwd=root, check=True, capture_output=True)
    return path


def test_a_database_at_its_stamp_is_exit_zero(schema: Schema, exact: Path) -> None:
    shown = schema("locate", "--url", exact)
    assert (shown.code, shown.err) == (0, "")
    assert shown.out.startswith("✓ Exactly at its stamp, e454a81bd5a2\n")
    changed(exact, "DELETE FROM alembic_version")
    shown = schema("locate", "--url", exact)
    assert shown.code == 0
    assert "alembic stamp e454a81bd5a2" in shown.out


def test_the_sample_is_nearest_to_its_stamp(
    schema: Schema, production: Path, digest: Callable[[Path], str]
) -> None:
    before = digest(production)
    shown = schema("locate", "--url", production)
    assert shown.code == 1, shown
    assert shown.out.startswith("! Nearest to its stamp, e454a81bd5a2: 8 differences left over\n")
    assert "◆ its stamp" in shown.out
    assert "column sshkeys.fingerprint" in shown.out
    assert "5 more, further away" in shown.out
    assert digest(production) == before


def test_the_nearest_comes_first_as_json(schema: Schema, production: Path) -> None:
    changed(production, "DELETE FROM alembic_version")
    found = schema("locate", "--url", production, "--json")
    assert found.code == 1
    assert found.json["stamp"] == []
    assert found.json["nearest"] == [["e454a81bd5a2"]]
    counts = [item["objects"] for item in found.json["ranked"]]
    assert counts == sorted(counts)
    assert len(found.json["left_over"]) == found.json["ranked"][0]["differences"] == 8


def test_the_text_is_the_report_of_the_same_value(schema: Schema, production: Path) -> None:
    with Project.open(url=f"sqlite:///{production}") as project:
        said = report.text(locate(project), width=160)
    assert schema("locate", "--url", production).out == said


def test_an_unknown_stamp_is_trouble_for_drift_and_none_here(
    schema: Schema, production: Path
) -> None:
    changed(production, "UPDATE alembic_version SET version_num = 'feedfacecafe'")
    found = schema("locate", "--url", production, "--json")
    assert found.code == 1
    assert found.json["unknown"] == ["feedfacecafe"]


def test_no_project_is_trouble(
    schema: Schema, production: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    schema("locate", "--url", production).refused("alembic.ini")
