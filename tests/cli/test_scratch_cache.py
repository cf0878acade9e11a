"""``schema scratch cache`` shows what was learned, and clears it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from schema import cache as learned


def test_the_cache_is_shown_and_cleared(schema: Any, cache: Path) -> None:
    assert schema("scratch", "cache", "--json").json == {
        "folder": str(cache / "replay"), "files": 0, "size": 0,
        "databases": 0, "databases_size": 0,
    }  # fmt: skip
    learned.write({"a-1": "one", "a-2": "two"})
    shown = schema("scratch", "cache").out
    assert shown.startswith(str(cache / "replay"))
    assert "2 files" in shown
    cleared = schema("scratch", "cache", "--clear", "--json").json
    assert (cleared["files"], cleared["removed"]) == (2, 2)
    assert schema("scratch", "cache", "--clear").out == "Removed 0 files\n"
    assert learned.size() == (0, 0)


def test_the_list_of_scratch_databases_names_the_cache(schema: Any, cache: Path) -> None:
    assert "cache" not in schema("scratch", "list").err
    learned.write({"a-1": "one"})
    assert "schema scratch cache" in schema("scratch", "list").err
    assert schema("scratch", "list", "--json").json == {"scratch": []}
