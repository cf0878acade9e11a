"""The cache: whole files or none, bounded, and shared by processes at once."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from schema import cache, folders


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(folders, "replay_folder", lambda: tmp_path / "cache")
    return tmp_path / "cache"


def aged(folder: Path, key: str, seconds: float) -> None:
    then = time.time() - seconds
    os.utime(folder / f"{key}.json.gz", (then, then))


def test_what_is_written_is_read_again() -> None:
    cache.write({"a-1": "one", "a-2": "zwei \N{SNOWMAN}"})
    assert (cache.read("a-1"), cache.read("a-2"), cache.read("a-3")) == (
        "one", "zwei \N{SNOWMAN}", None,
    )  # fmt: skip


def test_keys_tell_kinds_and_parts_apart() -> None:
    parts = [("a", "bc"), ("ab", "c"), ("abc",), ("abc", ""), ("", "abc")]
    assert len({cache.key_of("x", *each) for each in parts}) == len(parts)
    assert cache.key_of("x", "a") != cache.key_of("y", "a")
    with pytest.raises(ValueError, match="no key"):
        cache.read("../a")


@pytest.mark.parametrize(
    "damage",
    [b"", b"no gzip", gzip.compress(b"cut short")[:-6], gzip.compress(b"\xff")],
    ids=["empty", "no gzip", "cut short", "no UTF-8"],
)
def test_a_damaged_file_is_as_good_as_none_and_is_replaced(folder: Path, damage: bytes) -> None:
    cache.write({"a-1": "one"})
    (folder / "a-1.json.gz").write_bytes(damage)
    assert cache.read("a-1") is None
    cache.write({"a-1": "again"})
    assert cache.read("a-1") == "again"


def test_files_are_their_owners_only(folder: Path) -> None:
    cache.write({"a-1": "one"})
    assert (folder / "a-1.json.gz").stat().st_mode & 0o077 == 0


def test_the_least_recently_used_go_first_when_there_are_too_many(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "MOST_FILES", 3)
    cache.write({"a-1": "1", "a-2": "2", "a-3": "3"})
    for age, key in enumerate(("a-3", "a-2", "a-1"), start=1):
        aged(folder, key, 100 * age)
    assert cache.read("a-1") == "1"
    cache.write({"a-4": "4"})
    assert [cache.read(f"a-{n}") for n in (1, 2, 3, 4)] == ["1", None, "3", "4"]


def test_the_least_recently_used_go_first_when_they_take_too_much_space(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = {f"a-{n}": os.urandom(5_000).hex() for n in range(4)}
    cache.write(texts)
    for age, key in enumerate(texts, start=1):
        aged(folder, key, 100 * age)
    monkeypatch.setattr(cache, "MOST_BYTES", cache.size()[1] * 2 // 3)
    cache.write({"b-1": "small"})
    assert [key for key in [*texts, "b-1"] if cache.read(key)] == ["a-0", "a-1", "b-1"]


def test_what_a_killed_process_left_half_written_goes_after_a_while(folder: Path) -> None:
    cache.write({"a-1": "one"})
    (folder / "new.part").touch()
    (folder / "old.part").touch()
    os.utime(folder / "old.part", (1, 1))
    cache.write({"a-2": "two"})
    assert [path.name for path in folder.glob("*.part")] == ["new.part"]


def test_size_and_clear(folder: Path) -> None:
    assert cache.size() == (0, 0)
    cache.write({"a-1": "one", "a-2": "two"})
    (folder / "somebody else's").write_text("stays")
    count, taken = cache.size()
    assert (count, taken > 0) == (2, True)
    assert cache.clear() == 2
    assert cache.size() == (0, 0)
    assert [path.name for path in folder.iterdir()] == ["somebody else's"]


def test_a_folder_that_cannot_be_written_is_no_error(folder: Path) -> None:
    folder.write_text("a file where the folder should be")
    cache.write({"a-1": "one"})
    assert cache.read("a-1") is None


WRITER = """
import sys
from schema import cache, folders
from pathlib import Path
folders.replay_folder = lambda: Path(sys.argv[1])
cache.MOST_FILES = 3
for turn in range(100):
    for number in range(5):
        text = cache.read(f"a-{number}")
        assert text in (None, str(number) * 20_000), (number, text[:9])
        cache.write({f"a-{number}": str(number) * 20_000})
"""


def test_processes_may_read_write_and_prune_at_once(folder: Path) -> None:
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(folder)], stderr=subprocess.PIPE)
        for _ in range(3)
    ]
    for writer in writers:
        assert writer.communicate(timeout=60)[1] == b""
    assert cache.size()[0] <= 5
    assert not list(folder.glob("*.part"))


def test_other_source_is_another_key(tmp_path: Path) -> None:
    for number, text in enumerate(("one = 1\n", "one = 2\n")):
        (tmp_path / str(number)).mkdir()
        (tmp_path / str(number) / "one.py").write_text(text)
    first, second = (cache.source_of(tmp_path / name) for name in ("0", "1"))
    assert first != second
    assert first == cache.source_of(tmp_path / "0" / "one.py")
