"""Files in the folders of revisions that Alembic stumbles over, or passes by."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from schema.archaeology.finds import revision_in
from schema.errors import RevisionError
from schema.git import MOST_BYTES
from schema.history.files import read_file, revision_paths
from schema.project import Project
from schema.python_text import decoded
from schema.trouble.values import Advice, Trouble, command

__all__ = ["Explained", "broken_files", "passed_by"]

_MARKERS = (re.compile(rb"^<{7}( |\r?$)", re.M), re.compile(rb"^>{7}( |\r?$)", re.M))
_COMPILED = re.compile(r"(.+?)(\.cpython-\d+|\.pypy\d+)?(\.opt-\d)?\.py[co]$")


@dataclass(frozen=True)
class Explained:
    """A trouble with a file, and the revision that is not there because of it, if that is known."""

    trouble: Trouble
    revision: str | None = None


def broken_files(
    project: Project, wanted: Collection[str] = (), *, has_git: bool = True
) -> Iterator[Explained]:
    """The revision files that cannot be read, each with why.

    ``wanted`` are revisions that something refers to and no file bears; ``has_git`` is whether Git
    can be asked for what a file was.
    """
    paths = revision_paths(project.version_locations, recursive=project.recursive_version_locations)
    for path in paths:
        found = _broken(project, path, has_git)
        if found is not None:
            # What says of itself no more is known by its name, as alembic revision gives it.
            named = next((name for name in wanted if name in path.name), None)
            yield replace(found, revision=found.revision or named)


def _broken(project: Project, path: Path, has_git: bool) -> Explained | None:
    shown = _shown(project, path)
    try:
        source = path.read_bytes()
    except OSError as error:
        return Explained(_unreadable(shown, error))
    text = source.decode(errors="replace")
    name = revision_in(text.replace("\0", ""))
    if all(mark.search(source) for mark in _MARKERS):
        return Explained(_conflict(shown, source), name)
    if b"\0" in source:
        return Explained(_nul(shown, source, has_git), name)
    wrong = _encoding(shown, source) or _syntax(shown, source, has_git)
    if wrong is not None:
        return Explained(wrong, name)
    try:
        read_file(path, project.revision_values)
    except RevisionError as error:
        return Explained(_no_revision(shown, error), name)
    return None


def _unreadable(shown: str, error: OSError) -> Trouble:
    known = []
    if isinstance(error, PermissionError):
        known = ["The user who runs this may not read it."]
    what = f"{shown} cannot be read: {error.strerror or error}."
    advice = Advice("Let the file be read, and try again.", command("chmod", "u+r", shown))
    return Trouble("unreadable-file", what, tuple(known),
                   (advice,) if isinstance(error, PermissionError) else ())  # fmt: skip


def _conflict(shown: str, source: bytes) -> Trouble:
    lines = source.splitlines()
    places = [n for n, line in enumerate(lines, 1) if re.match(rb"<{7}( |$)", line)]
    sides = [line[7:].strip().decode(errors="replace") for line in lines
             if re.match(rb"[<>]{7} ", line)]  # fmt: skip
    known = [f"The two sides are {' and '.join(filter(None, sides[:2]))}."] if sides else []
    said = f"{shown} holds the marks of a merge that was not finished, from line {places[0]} on."
    advice = (
        Advice("Keep what is right of both sides, take the marks out, and finish the merge.",
               command("git", "add", shown)),
        Advice("If both sides are revisions of their own, make each a file of its own: then there "
               "are two heads, which a merge revision brings together."),
    )  # fmt: skip
    return Trouble("conflict-markers", said, tuple(known), advice)


def _nul(shown: str, source: bytes, has_git: bool) -> Trouble:
    line = source[: source.index(b"\0")].count(b"\n") + 1
    known = []
    if source[:2] in (b"\xff\xfe", b"\xfe\xff") or source.count(b"\0") > len(source) // 4:
        known = ["It looks like UTF-16, as some editors on Windows save it."]
        file, new = command(shown), command(f"{shown}.utf8")
        told = f"iconv -f UTF-16 -t UTF-8 {file} > {new} && mv {new} {file}"
        advice = Advice("Save it as UTF-8.", told)
    elif has_git:
        advice = Advice("Bring the file back as it was at the last commit, or take the byte out in "
                        "an editor.", command("git", "restore", "--", shown))  # fmt: skip
    else:
        advice = Advice("Take the byte out in an editor.")
    said = f"{shown} holds a NUL byte in line {line}: it is no Python text."
    return Trouble("no-python-text", said, tuple(known), (advice,))


def _undecodable(source: bytes) -> UnicodeDecodeError | None:
    try:
        decoded(source)
    except UnicodeDecodeError as error:
        return error
    return None


def _encoding(shown: str, source: bytes) -> Trouble | None:
    wrong = _undecodable(source)
    if wrong is None:
        return None
    line, byte = source[: wrong.start].count(b"\n") + 1, source[wrong.start]
    encoding = wrong.encoding.upper().removesuffix("-SIG")
    said = f"{shown} is not in {encoding}: line {line} holds the byte 0x{byte:02x}."
    known = ["Python takes a file for UTF-8 unless one of its first two lines names its encoding."]
    coded = b"# -*- coding: cp1252 -*-\n" + source
    advice = [Advice("Save it as UTF-8 in an editor that opened it in its own encoding.")]
    try:
        ast.parse(coded)
    except (SyntaxError, ValueError):
        pass
    else:
        letter = bytes([byte]).decode("cp1252", "replace")
        known.append(f"Taken for Windows-1252 (Latin-1), it is valid Python, and the byte is "
                     f"{letter!r}.")  # fmt: skip
        advice.append(Advice("Or say in its first line: # -*- coding: cp1252 -*-"))
    return Trouble("wrong-encoding", said, tuple(known), tuple(advice))


def _syntax(shown: str, source: bytes, has_git: bool) -> Trouble | None:
    try:
        ast.parse(source)
    except (SyntaxError, ValueError, RecursionError) as error:
        found = error
    else:
        return None
    where = f", line {found.lineno}" if isinstance(found, SyntaxError) and found.lineno else ""
    message = found.msg if isinstance(found, SyntaxError) else str(found)
    known = []
    if isinstance(found, SyntaxError) and found.text:
        known.append(f"The line is: {found.text.strip()}")
    if isinstance(found, TabError):
        known.append("Tabs and blanks are mixed: the same depth is written in two ways.")
    advice = Advice("Correct that line.")
    if has_git:
        seen = command("git", "diff", "HEAD", "--", shown)
        advice = Advice(
            "Correct that line; what was changed since the last commit, this shows:", seen
        )
    return Trouble("syntax-error", f"{shown}{where}: {message}.", tuple(known), (advice,))


def _no_revision(shown: str, error: RevisionError) -> Trouble:
    advice = (
        Advice("If it is a revision, give it what it lacks, as in: revision = \"…\", "
               "down_revision = \"…\"."),
        Advice("If it is none, move it out of the folder of revisions: Alembic loads every .py "
               "file there."),
    )  # fmt: skip
    folder = str(Path(shown).parent)
    return Trouble("no-revision-id", f"In {folder}: {error}", (), advice)


# -- what is passed by ------------------------------------------------------------------------


def passed_by(project: Project, known: Collection[str], wanted: Collection[str]) -> list[Explained]:
    """Files that hold a revision which no file that Alembic reads bears.

    ``known`` are the revisions that files bear, ``wanted`` those that something refers to.
    """
    found: dict[str, Explained] = {}
    for each in [*_look_alikes(project, known, wanted), *_compiled(project, known, wanted)]:
        found.setdefault(each.revision or each.trouble.said, each)
    return list(found.values())


def _look_alikes(
    project: Project, known: Collection[str], wanted: Collection[str]
) -> Iterator[Explained]:
    read = set(revision_paths(
        project.version_locations, recursive=project.recursive_version_locations
    ))  # fmt: skip
    for location in project.version_locations:
        for path in _all_files(location):
            if path in read or path.suffix in {".pyc", ".pyo"}:
                continue
            name = revision_in(_text_of(path))
            if name and name not in known:
                yield Explained(_aside(project, location, path, name, name in wanted), name)


def _all_files(location: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(location):
        folders[:] = sorted(each for each in folders if each != "__pycache__")
        yield from (Path(folder, name) for name in sorted(names))


def _text_of(path: Path) -> str:
    try:
        if path.stat().st_size > MOST_BYTES:
            return ""
        return decoded(path.read_bytes(), "replace")
    except (OSError, ValueError, LookupError):
        return ""


def _aside(project: Project, location: Path, path: Path, name: str, is_wanted: bool) -> Trouble:
    shown = _shown(project, path)
    if path.suffix == ".py" and path.parent != location:
        said = (
            f"{shown} holds revision {name}, and Alembic does not look into folders below "
            f"{_shown(project, location)}."
        )
        inside = path.parent.relative_to(location).as_posix()
        both = (
            Advice(f"Have it look there, in {project.config_path.name}: "
                   "recursive_version_locations = true"),
            Advice(f"Or move the file out of {inside}.",
                   command("git", "mv", shown, _shown(project, location / path.name))),
        )  # fmt: skip
        return Trouble("in-a-subfolder", said, (), both, blocks=is_wanted)
    said = f"{shown} holds revision {name}, and its name does not end in .py: Alembic passes it by."
    plain = path.with_name(re.sub(r"\.py.*$|\.[^.]*$|~$", "", path.name) + ".py")
    known = []
    if path.name.endswith((".orig", ".rej", ".bak", "~", ".swp", ".save", ".old")):
        known.append("Such a name is what an editor, or a merge, gives to a copy that it keeps.")
    advice: tuple[Advice, ...] = ()
    if not plain.exists():
        advice = (Advice("If it is the revision, give it its name.",
                         command("mv", shown, _shown(project, plain))),)  # fmt: skip
    return Trouble("not-named-py", said, tuple(known), advice, blocks=is_wanted)


def _compiled(
    project: Project, known: Collection[str], wanted: Collection[str]
) -> Iterator[Explained]:
    """Compiled files without a source that hold the id of a revision that is looked for.

    Python writes a short text into a compiled file as it is; nothing of the file is run.
    """
    missing = [name for name in wanted if name not in known]
    for location in project.version_locations if missing else ():
        for folder in (location, location / "__pycache__"):
            for path in sorted(folder.glob("*.py[co]")):
                source = _COMPILED.match(path.name)
                if source is None or (location / f"{source[1]}.py").exists():
                    continue
                name = next((each for each in missing if each.encode() in _bytes_of(path)), None)
                if name is not None:
                    yield Explained(_of_compiled(project, path, f"{source[1]}.py", name), name)


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes() if path.stat().st_size <= MOST_BYTES else b""
    except OSError:
        return b""


def _of_compiled(project: Project, path: Path, source: str, name: str) -> Trouble:
    shown = _shown(project, path)
    said = (
        f"Of revision {name} only a compiled file is there, {shown}: its source {source} is gone."
    )
    setting = project.file_settings.get("sourceless", "").strip().lower()
    if setting in {"true", "1", "yes", "on"}:
        known = (
            "With sourceless = true Alembic itself runs it; the workbench reads sources only.",
        )
    else:
        known = ("Alembic reads compiled files only with sourceless = true, which is not set.",)
    advice = (Advice(f"Bring {source} back; a compiled file cannot be read or reviewed."),)
    return Trouble("compiled-only", said, known, advice)


def _shown(project: Project, path: Path) -> str:
    """A path as one types it in the project's folder."""
    inside = path.is_relative_to(project.root)
    return str(path.relative_to(project.root)) if inside else str(path)
