"""Shapes by what env.py does beside its work."""

from __future__ import annotations

from tests.shapes.shape import Shape

__all__ = ["ODDITIES"]

ODDITIES = (
    Shape(
        "env_asks_first",
        "asks the database before `configure()` (MariaDB: has no server at hand without `--url`)",
        kinds=("sqlite", "postgresql"),
    ),
    Shape("env_own_engine", "the connection of a session of the application, with listeners"),
    Shape("env_prints", "prints, also below Python, without an end, and what is no text"),
    Shape("env_exits", "`sys.exit(0)` at its end"),
    Shape("env_logging", "`fileConfig` with other loggers disabled", makes=("migrations.log",)),
    Shape("env_changes_folder", "`os.chdir`", live="data/live.db"),
    Shape("env_asyncio", "`asyncio.run` around an ordinary engine"),
    Shape("env_whole_application", "imports the whole application, which starts"),
    Shape("env_reads_stdin", "reads standard input"),
    Shape("env_slow", "takes long", environment={"LIBRARY_SECONDS": "1"}),
    Shape("env_leaks", "leaves threads and programs running"),
)
