"""The connection to the server is lost in the middle: one message, and nothing is left."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from schema import scratch
from schema.database import open_read_only, translated
from schema.errors import DatabaseError, WorkbenchError
from schema.rehearsal import Rehearsal
from schema.scratch import postgresql as ours

pytestmark = pytest.mark.postgresql


class Link:
    """A port of this machine that leads to a server's socket, until it is cut."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._open: list[socket.socket] = []
        self._lock = threading.Lock()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """End all connections; new ones are let through."""
        with self._lock:
            ending, self._open = self._open, []
        for each in ending:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def close(self) -> None:
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self.cut()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listening.accept()
            except OSError:
                return
            far = socket.socket(socket.AF_UNIX)
            far.connect(self._path)
            with self._lock:
                self._open += [near, far]
            for pair in ((near, far), (far, near)):
                threading.Thread(target=self._carry, args=pair, daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while chunk := source.recv(1 << 16):
                target.sendall(chunk)
        for each in (source, target):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def link(postgresql_server: str) -> Iterator[Link]:
    url = sa.make_url(postgresql_server)
    made = Link(str(Path(str(url.query["host"]), ".s.PGSQL.5432")))
    yield made
    made.close()


@pytest.fixture
def far(link: Link, postgresql_shop: Any) -> sa.URL:
    """The shop's live database, reached through the link, with a password that nobody may see."""
    url = sa.make_url(postgresql_shop.url).set(query={}, host="127.0.0.1", port=link.port)
    return url.set(password="s3cr3t")


def copies(server: str, source: sa.URL) -> list[str]:
    found = scratch.find(server=sa.make_url(server))
    return [each.name for each in found if str(source.database) in each.name]


def test_in_the_middle_of_a_step(
    link: Link, far: sa.URL, postgresql_shop: Any, postgresql_server: str
) -> None:
    postgresql_shop.write(
        "bbb222", "aaa111", "sleep", "op.execute('DELETE FROM customer')\n"
        "op.execute('SELECT pg_sleep(30)')",
    )  # fmt: skip
    with Rehearsal.start(postgresql_shop.project, far) as rehearsal:

        def cut(event: dict[str, Any]) -> None:
            if event["event"] == "began":
                threading.Timer(0.5, link.cut).start()

        rehearsal.on_event = cut
        started = time.monotonic()
        step = rehearsal.up()
        assert time.monotonic() - started < 20
        assert step.failed
        assert "\n" not in str(step.error)
        assert "s3cr3t" not in str(step.to_dict())
        assert step.stamp_after == ("aaa111",)
        assert postgresql_shop.rows() == 3
        rehearsal.close(drop=True)
    assert copies(postgresql_server, far) == []


@pytest.mark.parametrize("way", ["template", "dump"])
def test_in_the_middle_of_a_copy(
    link: Link, far: sa.URL, postgresql_server: str, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = ours.set_mark  # by then the database is made, and not yet filled or finished

    def cut(*given: Any, complete: bool) -> None:
        link.cut()
        told(*given, complete=complete)

    monkeypatch.setattr(ours, "set_mark", cut)
    if way == "dump":
        monkeypatch.setattr(ours, "_copied_by_template", lambda *_: False)
    with pytest.raises(WorkbenchError) as caught:
        scratch.copy(far)
    assert "\n" not in str(caught.value)
    assert "s3cr3t" not in str(caught.value)
    assert copies(postgresql_server, far) == []


def test_a_second_question_on_a_lost_connection_is_told_too(link: Link, far: sa.URL) -> None:
    def ask_twice() -> None:
        with open_read_only(far) as connection:
            link.cut()
            with suppress(DatabaseError), translated(far):
                connection.exec_driver_sql("SELECT 1")
            connection.exec_driver_sql("SELECT 1")

    with pytest.raises(DatabaseError, match="the connection was lost"):
        ask_twice()


def test_a_server_that_is_gone_hides_neither_the_step_nor_what_is_left(
    link: Link, far: sa.URL, postgresql_shop: Any, postgresql_server: str,
    command: Any, tmp_path: Path,
) -> None:  # fmt: skip
    flag = tmp_path / "reached"
    up = f"op.get_bind(); open({str(flag)!r}, 'w').close(); op.execute('SELECT pg_sleep(30)')"
    postgresql_shop.write("bbb222", "aaa111", "sleep", up)
    url = far.render_as_string(hide_password=False)
    process = command.start("rehearse", "-c", postgresql_shop.folder, "--url", url, "--json")
    until = time.monotonic() + 60
    while not flag.exists():
        assert time.monotonic() < until
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    link.close()
    out, err = process.communicate(timeout=60)
    assert process.returncode == 2, err
    (step,) = json.loads(out)["steps"]
    assert step["revision"] == "bbb222"
    assert "OperationalError" in step["error"]
    assert err.startswith("schema: scratch_")
    assert "was left" in err
    assert err.count("\n") == 1
    assert "s3cr3t" not in out + err
    assert command.processes() == []
    left = scratch.find(server=sa.make_url(postgresql_server))
    mine = [each for each in left if str(far.database) in each.name]
    assert mine
    for each in mine:
        each.drop()
    assert copies(postgresql_server, far) == []


def test_a_step_after_which_nothing_can_be_read_is_no_success(
    link: Link, far: sa.URL, postgresql_shop: Any
) -> None:
    with Rehearsal.start(postgresql_shop.project, far) as rehearsal:
        read = rehearsal._walk._state_after

        def cut(*given: Any) -> Any:
            link.close()
            return read(*given)

        rehearsal._walk._state_after = cut  # type: ignore[method-assign]
        (step,) = rehearsal.run_to("head")
    assert step.failed
    assert step.changed_rows == {}
    assert "could not be read" in " ".join(step.notes)
    assert rehearsal.is_alarming
    link_to = sa.make_url(postgresql_shop.url)
    for each in scratch.find(server=link_to):
        if str(far.database) in each.name:
            each.drop()
