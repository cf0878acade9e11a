"""A MariaDB database that was dumped and loaded again, or made twice, is the same to the reader."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
import sqlalchemy as sa

from schema.catalog import read_catalog
from schema.compare import compare
from tests.catalog import test_mariadb_mutations as usual
from tests.catalog import test_mariadb_rare_mutations as rare
from tests.catalog.conftest import Make

pytestmark = pytest.mark.mariadb


@pytest.mark.parametrize("base", [usual.BASE, rare.BASE], ids=["usual", "rare"])
def test_a_dump_that_is_loaded_is_no_difference(
    base: tuple[str, ...], make: Make, mariadb_server: str, mariadb_url: str, tmp_path: Path
) -> None:
    # A dump has the name of its database before a sequence in a default.
    first = make([each for each in base if "nextval" not in each])
    engine = sa.create_engine(mariadb_server, poolclass=sa.NullPool)
    with engine.connect() as connection:
        names = connection.exec_driver_sql("SHOW DATABASES LIKE 'm\\_%%'").scalars().all()
    engine.dispose()
    name = next(each for each in names if _read(mariadb_server, each) == first)
    _client(mariadb_server, "mariadb-dump", "--routines", "--events", "--triggers", name,
            output=tmp_path / "dump")  # fmt: skip
    target = str(sa.make_url(mariadb_url).database)
    _client(mariadb_server, "mariadb", target, given=tmp_path / "dump")
    loaded = read_catalog(mariadb_url)
    assert list(compare(first, loaded)) == []
    assert list(compare(loaded, first)) == []


def _read(server: str, name: str) -> object:
    return read_catalog(sa.make_url(server).set(database=name))


def _client(
    server: str, program: str, *words: str, given: Path | None = None, output: Path | None = None
) -> None:
    found = shutil.which(program)
    assert found is not None, f"{program} comes with mariadb-client"
    socket = sa.make_url(server).query["unix_socket"]
    command = [found, "--no-defaults", f"--socket={socket}", "--user=root", *words]
    data = given.read_bytes() if given else b""
    done = subprocess.run(command, input=data, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    if output:
        output.write_bytes(done.stdout)


def test_the_same_statements_twice_are_no_difference(make: Make) -> None:
    for base in (usual.BASE, rare.BASE):
        first, second = make(base), make(base)
        assert list(compare(first, second, cosmetic=True)) == []
