"""A process that holds a read transaction on a SQLite file until its standard input ends.

Run as a script: with the file, and one statement or more. It says ``reading`` once it has its lock.

It must be another process: within one, SQLite shares its locks on a file, and lets readers in past
a writer that waits for them. Source: https://www.sqlite.org/src/file/src/os_unix.c, "unixLock".
"""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Sequence

__all__ = ["main"]


def main(path: str, statements: Sequence[str]) -> None:
    """Read, and hold on to it. Whoever started this may be killed: that ends the input too."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN")
    for sql in statements:
        connection.execute(sql).fetchall()
    sys.stdout.write("reading\n")
    sys.stdout.flush()
    sys.stdin.read()
    connection.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
