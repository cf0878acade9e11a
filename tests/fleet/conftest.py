"""Fleets of small databases of the shop's project, and a server that never answers."""

from __future__ import annotations

import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Shop


@pytest.fixture
def member(shop: Shop, tmp_path: Path) -> Callable[..., Path]:
    """Makes a SQLite file at a stamp of the shop's, changed by statements."""
    folder = tmp_path / "members"
    folder.mkdir()

    def make(name: str, stamp: str = "ccc333", *statements: str) -> Path:
        shop.live(stamp, *statements)
        return Path(shutil.move(shop.root / "shop.sqlite", folder / f"{name}.db"))

    return make


@pytest.fixture
def fleet(member: Callable[..., Path]) -> list[Path]:
    """Nine databases of every sort, and one that is not there."""
    equal = [member(f"a{number}") for number in range(3)]
    ignored = member("ignored", "ccc333", "CREATE TABLE ignored_notes (a INT)")
    behind = member("behind", "aaa111")
    drifted = member("drifted", "ccc333", "ALTER TABLE customer ADD COLUMN vip BOOLEAN")
    both = member("both", "bbb222", "CREATE TABLE extra (a INT)")
    unstamped = member("unstamped", "ccc333", "DROP TABLE shop_version")
    unknown = member("unknown", "ccc333", "UPDATE shop_version SET version_num = 'fff666'")
    empty = behind.with_name("empty.db")
    empty.touch()
    broken = behind.with_name("broken.db")
    broken.write_bytes(b"no database at all" * 100)
    gone = behind.with_name("gone.db")
    return [*equal, ignored, behind, drifted, both, unstamped, unknown, empty, broken, gone]


@pytest.fixture
def silent() -> Iterator[int]:
    """The port of a server that takes every connection, and never says a word."""
    taken = []
    with closing(socket.create_server(("127.0.0.1", 0))) as server:

        def take() -> None:
            try:
                while True:
                    taken.append(server.accept()[0])
            except OSError:
                return

        thread = threading.Thread(target=take, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join(5)
    for each in taken:
        each.close()
