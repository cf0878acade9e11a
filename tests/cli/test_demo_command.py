"""``schema demo``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

Schema = Callable[..., Any]
SMALL = ("--requests", "5", "--events", "10")


def test_makes_a_database_with_eight_changes(schema: Schema, tmp_path: Path) -> None:
    path = tmp_path / "made.sqlite"
    made = schema("demo", path, *SMALL, "--json")
    assert made.code == 0
    assert set(made.json) == {"url", "revision", "drift"}
    assert made.json["revision"] == "e454a81bd5a2"
    assert len(made.json["drift"]) == 8
    assert path.is_file()


def test_touches_no_database_that_is_there(
    schema: Schema, production: Path, digest: Callable[..., str]
) -> None:
    before = digest(production)
    schema("demo", production, *SMALL).refused(str(production))
    assert digest(production) == before
    assert "schema drift --url" in schema("demo", production, *SMALL, "--replace").out
    assert digest(production) != before


def test_refuses_a_size_below_one(schema: Schema, tmp_path: Path) -> None:
    schema("demo", tmp_path / "made.sqlite", "--requests", "0").refused()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.postgresql
def test_never_prints_the_password_of_its_target(schema: Schema, postgresql_url: str) -> None:
    url = sa.make_url(postgresql_url).set(password="s3cret")
    text = url.render_as_string(hide_password=False)
    made = schema("demo", text, *SMALL, "--replace")
    assert made.code == 0
    assert "s3cret" not in made.out + made.err


def test_makes_a_fleet_of_which_not_all_agree(schema: Schema, tmp_path: Path) -> None:
    folder = tmp_path / "tenants"
    made = schema("demo", folder, "--fleet", "--json")
    assert len(made.json["files"]) == 24
    assert [path.name for path in tmp_path.iterdir()] == ["tenants"]
    told = schema("fleet", "--files", folder / "*.sqlite", "--executor", "threads", "--json")
    assert told.json["counts"] == {
        "drifted": 3, "unknown-revision": 1, "unstamped": 1, "unreachable": 1, "behind": 3,
        "clean": 15,
    }  # fmt: skip
    schema("demo", folder, "--fleet").refused("exists")
