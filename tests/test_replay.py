"""Replays and models are remembered under keys of all that they rest on, and loaded when needed."""

from __future__ import annotations

import gzip
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from schema import cache, folders
from schema.replay import materialised, replay
from schema.replay.keys import _imports_project_code

if TYPE_CHECKING:
    from tests.conftest import Shop


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(folders, "replay_folder", lambda: tmp_path / "cache")
    return tmp_path / "cache"


class Counted:
    """Progress that counts how many revisions were run."""

    def __init__(self) -> None:
        self.steps = 0

    def __call__(self, done: int, total: int, text: str) -> None:
        self.steps += text.startswith("replaying")


def steps_of(shop: Shop, **more: object) -> int:
    """How many revisions a replay to the last one runs."""
    counted = Counted()
    replay(shop.project, "sqlite", ("ccc333",), on_progress=counted, **more)  # type: ignore[arg-type]
    return counted.steps


def test_an_edit_or_another_server_is_learned_anew(shop: Shop) -> None:
    assert steps_of(shop) == 3
    assert steps_of(shop) == 0
    assert steps_of(shop, facts="another SQLite") == 3
    env = shop.project.script_location / "env.py"
    env.write_text(env.read_text() + "\n# edited\n")
    assert steps_of(shop) == 3


def test_a_data_file_that_a_revision_reads_counts(shop: Shop) -> None:
    data = shop.root / "more.sql"
    data.write_text("CREATE TABLE one (a INTEGER)")
    shop.revision("ccc333", "bbb222", f"op.execute(open({str(data)!r}).read())")
    assert steps_of(shop) == 3
    assert steps_of(shop) == 0
    data.write_text("CREATE TABLE two (a INTEGER)")
    found = replay(shop.project, "sqlite", ("ccc333",)).at(("ccc333",))
    assert "two" in {item.name for item in found.of_kind("table")}


def test_only_what_is_wanted_is_read_and_the_rest_when_it_is_looked_at(shop: Shop) -> None:
    counted = Counted()
    found = replay(
        shop.project, "sqlite", ("ccc333",), wanted=[("ccc333",)], on_progress=counted
    )  # fmt: skip
    assert list(found.catalogs) == [(), ("aaa111",), ("bbb222",), ("ccc333",)]
    assert found.at(("ccc333",)).of_kind("table")
    assert counted.steps == 3
    assert len(found.at(("aaa111",))) < len(found.at(("ccc333",)))
    assert counted.steps == 5
    assert steps_of(shop) == 0


@pytest.mark.parametrize(
    "damage",
    # A time of its own would give the test another name in each process.
    [b"", b"no gzip", gzip.compress(b"[]", mtime=0), gzip.compress(b'{"a":', mtime=0)],
)
def test_a_damaged_file_is_learned_anew_and_replaced(
    shop: Shop, own_cache: Path, damage: bytes
) -> None:
    whole = replay(shop.project, "sqlite", ("ccc333",)).catalogs
    expected = dict(whole)
    for path in own_cache.glob("replay-*"):
        path.write_bytes(damage)
    assert dict(replay(shop.project, "sqlite", ("ccc333",)).catalogs) == expected
    kept = [gzip.decompress(path.read_bytes()) for path in own_cache.glob("replay-*")]
    assert all(text.startswith(b'{"dialect"') for text in kept)


def test_what_another_process_removed_is_learned_anew(shop: Shop) -> None:
    replay(shop.project, "sqlite", ("ccc333",))
    found = replay(shop.project, "sqlite", ("ccc333",))
    cache.clear()
    assert found.at(("ccc333",)).of_kind("table")


def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Notes each scratch database that models are created on."""
    from schema import scratch

    create, found = scratch.create, []

    def noting(dialect: str, **more: object) -> object:
        found.append(str(more.get("label")))
        return create(dialect, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(scratch, "create", noting)
    return found


def test_models_are_created_once_for_one_ddl(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    created = made(monkeypatch)
    first = materialised(shop.project, "sqlite")
    assert materialised(shop.project, "sqlite") == first
    shop.models.write_text(shop.MODELS + "\n# a comment\n")
    assert materialised(shop.project, "sqlite") == first
    assert created == ["models"]
    shop.models.write_text(shop.MODELS + "    paid = Column(Integer)\n")
    assert materialised(shop.project, "sqlite") != first
    assert created == ["models"] * 2


def test_unchanged_models_need_no_worker(shop: Shop) -> None:
    os.utime(shop.models, (1, 1))
    first = materialised(shop.project, "sqlite")
    shop.project.close()
    assert materialised(shop.project, "sqlite") == first
    assert shop.project._worker.pid is None


@pytest.mark.parametrize(
    ("source", "counts"),
    [
        (b"import sqlalchemy as sa\nfrom alembic import op\nimport os, json\n", False),
        (b"# import shop\nimport sqlalchemy.dialects.postgresql as pg  # important\n", False),
        (b"from __future__ import annotations\n", False),
        (b"import shop\n", True),
        (b"def upgrade():\n    from shop.models import Base\n", True),
        (b"import os, shop\n", True),
        (b"import os; import shop\n", True),
        (b"from . import other\n", True),
        (b"from \\\n    shop import Base\n", True),
        (b"import \\\n    shop\n", True),
        (b"shop = __import__('shop')\n", True),
        (b"import importlib\nimportlib.import_module('shop')\n", True),
    ],
)
def test_a_revision_that_may_import_project_code_is_known(source: bytes, counts: bool) -> None:
    assert _imports_project_code(source) is counts
