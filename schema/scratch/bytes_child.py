"""Copies the bytes of one file into a new one: a program, run as a child process of its own.

A process that closes a file loses every lock that it holds on it, also those of SQLite connections
that know nothing of this; so that no process which may hold any ever opens the file itself.
Source: https://sqlite.org/howtocorrupt.html, section 2.2.

It prints the number of bytes copied, again and again; on an error, its number and text. Nothing is
imported but what starts at once.
"""

import os
import sys

_CHUNK = 1 << 25  # bytes between two reports
_FICLONE = 0x40049409  # share the blocks until one side changes: ioctl_ficlone(2)


def _copy(source: int, target: int) -> None:
    """Copy in the cheapest way that the system and the file system know."""
    if _is_cloned(source, target):
        return
    done = 0
    in_kernel = hasattr(os, "copy_file_range")
    while True:
        try:
            if in_kernel:
                moved = os.copy_file_range(source, target, _CHUNK)
            else:
                moved = _write(target, os.read(source, _CHUNK))
        except OSError:
            if not in_kernel or done:
                raise
            in_kernel = False  # two file systems that do not know each other, or an old kernel
            continue
        if not moved:
            return
        done += moved
        _tell(done)


def _tell(done: int) -> None:
    sys.stdout.write(f"{done}\n")
    sys.stdout.flush()


def _write(target: int, chunk: bytes) -> int:
    written = 0
    while written < len(chunk):
        written += os.write(target, chunk[written:])
    return written


def _is_cloned(source: int, target: int) -> bool:
    try:
        import fcntl

        fcntl.ioctl(target, _FICLONE, source)
    except (ImportError, OSError):
        return False
    _tell(os.fstat(target).st_size)
    return True


def main() -> None:
    try:
        source = os.open(sys.argv[1], os.O_RDONLY)
        target = os.open(sys.argv[2], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
        _copy(source, target)
        os.close(target)  # where a full disk of a network may only now be told
    except OSError as error:
        sys.exit(f"{error.errno} {error.strerror}")


if __name__ == "__main__":
    main()
