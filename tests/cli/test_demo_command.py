"""``schema demo``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

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
