"""A small sample fleet: SQLite files of the bundled project, of which not all are as they should
be."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from contextlib import closing, suppress
from pathlib import Path

from sqlalchemy.engine import URL

from schema import scratch
from schema.demo import REVISION, bundled_config, migrate
from schema.demo.sample import is_bundled
from schema.errors import ScratchError, WorkbenchError
from schema.folders import cache_folder
from schema.history import read_history
from schema.project import Project

__all__ = ["make_fleet", "sample_fleet"]

#: What somebody did by hand to some of them, by the file's name.
_CHANGES = {
    "north-07": ("ALTER TABLE sshkeys ADD COLUMN fingerprint VARCHAR(95)",),
    "north-11": (
        "ALTER TABLE sshkeys ADD COLUMN fingerprint VARCHAR(95)",
        "CREATE INDEX ix_guest_events_guestname ON guest_events (guestname)",
    ),
    "south-02": ("CREATE TABLE pool_outages (outage INTEGER NOT NULL PRIMARY KEY, note TEXT)",),
    "south-05": ("DROP TABLE alembic_version",),
    "south-06": ("UPDATE alembic_version SET version_num = '0123456789ab'",),
}
_BROKEN = "south-08"
_NORTH, _SOUTH = 16, 8


def make_fleet(folder: str | Path) -> list[Path]:
    """Make a folder of 24 small databases of the bundled project; their paths are returned.

    Most are at head and agree; some are behind, some were changed by hand, one has lost its stamp,
    one bears a stamp that nobody knows, one is no database any more. The folder appears when it is
    complete. Raises ScratchError when it is there already, or cannot be made.
    """
    folder = Path(folder).expanduser().absolute()
    if os.path.lexists(folder):
        raise ScratchError(f"{folder} exists. Choose another folder for the sample fleet.")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".fleet-", dir=folder.parent) as made:
            files = Path(made, "files")
            files.mkdir()
            _fill(Path(made), files)
            files.rename(folder)
    except OSError as error:
        raise ScratchError(f"{folder} could not be made: {error.strerror}.") from error
    return sorted(folder.glob("*.sqlite"))


def _fill(work: Path, files: Path) -> None:
    head, behind = work / "head.sqlite", work / "behind.sqlite"
    with Project.open(bundled_config(), section="alembic", x=()) as project:
        (last,) = read_history(project).heads
        for path, revision in ((head, last), (behind, REVISION)):
            _migrated(project, path, revision)
    for number in range(1, _NORTH + 1):
        shutil.copy(head, files / f"north-{number:02}.sqlite")
    for number in range(1, _SOUTH + 1):
        shutil.copy(behind if number > 2 else head, files / f"south-{number:02}.sqlite")
    for name, statements in _CHANGES.items():
        with closing(sqlite3.connect(files / f"{name}.sqlite")) as connection:
            for statement in statements:
                connection.execute(statement)
            connection.commit()
    (files / f"{_BROKEN}.sqlite").write_bytes(b"This file was cut short.\n" * 40)


def _migrated(project: Project, path: Path, revision: str) -> None:
    """Bring an empty scratch database to a revision, and give it this path."""
    with scratch.create("sqlite", label="fleet") as made:
        migrate(project, made, revision)
        scratch.publish(made, URL.create("sqlite", database=str(path)))


def sample_fleet(config: str | Path | None = None) -> list[Path] | list[URL]:
    """The sample fleet of the bundled project, made in the cache folder if it is not there.

    Of another project, or where ``SCHEMA_DATABASE_URL`` names one, its own database alone.
    """
    if os.environ.get("SCHEMA_DATABASE_URL") or not is_bundled(config):
        with Project.open(config) as project:
            return [project.database_url()]
    folder = cache_folder() / "sample-fleet"
    if not folder.exists():
        with suppress(ScratchError):  # another notebook may be quicker; what is there is complete
            make_fleet(folder)
        if not folder.exists():
            raise WorkbenchError(f"The sample fleet could not be made in {folder.parent}.")
    return sorted(folder.glob("*.sqlite"))
