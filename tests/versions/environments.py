"""Environments of other interpreters and libraries, made when a test first needs them.

Each file in ``pins`` holds the versions of one, and in its first line the versions of CPython that
it is made for, the first that the machine has. An environment is kept in the user's cache folder,
by what its pins say, and found there by the next run.
"""

from __future__ import annotations

import fcntl
import hashlib
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import platformdirs

HERE = Path(__file__).resolve().parent
PINS = HERE / "pins"


@cache
def interpreter(version: str) -> Path | None:
    """An interpreter of this machine, by its version ("3.8"): on PATH, else pyenv's."""
    found = shutil.which(f"python{version}")
    pyenv = sorted((Path.home() / ".pyenv" / "versions").glob(f"{version}.*/bin/python"))
    this = [Path(sys.executable)] if version == "{}.{}".format(*sys.version_info[:2]) else []
    candidates = [*pyenv, *([Path(found)] if found else []), *this]
    return next((path for path in candidates if _runs(path, version)), None)


def _runs(path: Path, version: str) -> bool:
    """A shim of pyenv's is on PATH for interpreters that are not switched on, too."""
    told = subprocess.run([path, "-V"], capture_output=True, text=True)
    return told.stdout.startswith(f"Python {version}.")


@dataclass(frozen=True)
class Pins:
    """The versions of one environment, from a file."""

    path: Path

    @property
    def wanted(self) -> list[str]:
        """The versions of CPython that it may be made for, the preferred one first."""
        return self.path.read_text().splitlines()[0].removeprefix("# CPython ").split()

    @property
    def interpreter(self) -> Path | None:
        """The first of them that is on this machine."""
        return next((found for each in self.wanted if (found := interpreter(each))), None)

    def version(self, name: str) -> str:
        """The pinned version of a package."""
        found = re.search(rf"^{re.escape(name)}==(\S+)", self.path.read_text(), re.M)
        assert found is not None
        return found.group(1)

    def python(self) -> Path:
        """The environment's interpreter; it is made when it is not there yet."""
        own = self.interpreter
        assert own is not None
        text = f"{own}\n{self.path.read_text()}"
        digest = hashlib.sha256(text.encode()).hexdigest()[:12]
        cached = Path(platformdirs.user_cache_dir("schema-workbench-tests"))
        folder = cached / f"{self.path.stem}-{digest}"
        cached.mkdir(parents=True, exist_ok=True)
        with (cached / f"{folder.name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # two processes of one run may want it at once
            if not (folder / "complete").exists():
                shutil.rmtree(folder, ignore_errors=True)
                _make(folder, own, self.path)
                (folder / "complete").touch()
        return folder / "bin" / "python"


def _make(folder: Path, python: Path, pins: Path) -> None:
    uv = [sys.executable, "-m", "uv", "--quiet"]
    made = folder / "bin" / "python"
    subprocess.run([*uv, "venv", "--no-project", "--python", python, folder], check=True)
    install = [*uv, "pip", "install", "--no-deps", "--compile-bytecode", "--python", made]
    subprocess.run([*install, "-r", pins], check=True)


def found_pins(pattern: str) -> list[Pins]:
    """Those whose interpreter this machine has, the oldest first."""
    paths = sorted(PINS.glob(pattern), key=lambda path: [*map(int, re.findall(r"\d+", path.stem))])
    return [pins for pins in map(Pins, paths) if pins.interpreter is not None]
