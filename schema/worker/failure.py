"""Errors as facts for a person: what kind, where in the project, which SQL, and no password."""

from __future__ import annotations

import configparser
import contextlib
import os
import re
import sys
import traceback
from types import TracebackType
from typing import Any, Dict, List, Optional, Set

#: Passwords met so far in this process. They are taken out of all text that leaves it.
SECRETS: Set[str] = set()

_IN_URL = re.compile(r"(://[^\s:/@'\"]*:)[^\s@'\"]+@")
_IN_DSN = re.compile(r"(?i)\b(password|passwd|pwd)(\s*=\s*)('[^']*'|[^\s&;,'\"]+)")
#: SQLite's words for what its authorizer denies, which is ATTACH on a scratch database alone.
_FORBIDDEN = "not authorized"
_NO_ATTACH = (
    "not authorized: ATTACH leads to another database file, and a scratch database is kept from "
    "all others. What needs attached databases cannot be run here."
)
_HERE = os.path.dirname(os.path.abspath(__file__))


class Failure(Exception):  # noqa: N818 -- it travels as data, and is raised as another class
    """An error for the kernel, which raises the class of its tree that ``kind`` names."""

    def __init__(self, kind: str, message: str, details: Optional[Dict[str, str]] = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.details = details or {}


def redact(text: str) -> str:
    """The text without passwords: those known, those in URLs, those in ``password=…``."""
    for secret in sorted(SECRETS, key=len, reverse=True):
        text = text.replace(secret, "***")
    return _IN_DSN.sub(r"\1\2***", _IN_URL.sub(r"\1***@", text))


def remember_secret(url: Any) -> None:
    """Keep a URL's password out of everything that is said from now on."""
    password = getattr(url, "password", None)
    if password:
        SECRETS.add(str(password))


def from_exception(error: BaseException, root: str, doing: str) -> Failure:
    """What project code raised, as a Failure. ``doing`` begins the message: ``"env.py"``."""
    frames = project_frames(error.__traceback__, root)
    details = {"traceback": "".join(frames) + _last_line(error)}
    sql = getattr(error, "statement", None)
    if isinstance(sql, str):
        details["sql"] = sql
    where = ""
    found = _project_entries(error.__traceback__, root)
    if found:
        where = " at {} line {}".format(_shown(found[-1].filename, root), found[-1].lineno)
    return Failure("project", "{}{}: {}".format(doing, where, _said(error)), details)


def project_frames(trace: Optional[TracebackType], root: str) -> List[str]:
    """The frames of a traceback that are the project's own, formatted, outermost first."""
    lines = []
    for entry in _project_entries(trace, root):
        name = _shown(entry.filename, root)
        lines.append('File "{}", line {}, in {}\n'.format(name, entry.lineno, entry.name))
        if entry.line:
            lines.append("    {}\n".format(entry.line))
    return lines


#: Folders of env.py and the revisions: the project's, also where it is installed as a library.
SCRIPTS: List[str] = []


def is_project_file(path: str) -> bool:
    """Whether a file is the project's: not Python's, not a library's, not the worker's."""
    path = os.path.abspath(path)
    if any(path.startswith(folder + os.sep) for folder in SCRIPTS):
        return os.path.isfile(path)
    parts = path.split(os.sep)
    if "site-packages" in parts or "dist-packages" in parts or path.startswith(_HERE + os.sep):
        return False
    library = os.path.dirname(os.path.abspath(os.__file__))
    return os.path.isfile(path) and not path.startswith(library + os.sep)


def _project_entries(trace: Optional[TracebackType], root: str) -> List[traceback.FrameSummary]:
    entries = traceback.extract_tb(trace)
    return [entry for entry in entries if is_project_file(os.path.join(root, entry.filename))]


def _shown(path: str, root: str) -> str:
    path = os.path.abspath(os.path.join(root, path))
    inside = path.startswith(root.rstrip(os.sep) + os.sep)
    return os.path.relpath(path, root) if inside else path


def _said(error: BaseException) -> str:
    """The error in one line: the driver's own words for a database error."""
    if isinstance(error, SystemExit):
        return "it called sys.exit({!r})".format(error.code)
    cause = _cause(error)
    if isinstance(error, configparser.InterpolationError):
        return "{}: {}".format(type(error).__name__, percent_words(error))
    if isinstance(error, SyntaxError):
        place = os.path.basename(error.filename or "?")
        return "SyntaxError: {} ({}, line {})".format(error.msg, place, error.lineno)
    text = " ".join(_text(cause).split())
    if _is_of_environment(error):
        text += " is not set: an environment variable that the project's code reads"
    if text == _FORBIDDEN:
        text = _NO_ATTACH
    name = type(cause).__name__
    return "{}: {}".format(name, text) if text else name


def _is_of_environment(error: BaseException) -> bool:
    """Whether it is the KeyError of ``os.environ[…]``."""
    trace = error.__traceback__ if isinstance(error, KeyError) else None
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace is not None and trace.tb_frame.f_globals is vars(os)


def percent_words(error: configparser.InterpolationError) -> str:
    """What a config's ``%`` that means nothing comes to; its own text quotes what stands behind it,
    which may be the end of a password."""
    reference = getattr(error, "reference", None)
    if reference and "://" not in str(error):
        whole = "the value of {!r} in [{}] refers to %({})s, which is not set there."
        return whole.format(error.option, error.section, reference)
    whole = "the value of {!r} in [{}] holds a % that begins no reference. Write %% for one."
    return whole.format(error.option, error.section)


def _cause(error: BaseException) -> BaseException:
    """The driver's own error, where SQLAlchemy has wrapped it."""
    try:
        return getattr(error, "orig", None) or error
    except Exception:  # an attribute, or its truth, may be anything
        return error


def _text(error: BaseException) -> str:
    """What an error says; an error of a project's may not even be able to."""
    try:
        return str(error)
    except Exception as failed:
        return "(it cannot be said: its str() raises {})".format(type(failed).__name__)


def _last_line(error: BaseException) -> str:
    if isinstance(error, configparser.InterpolationError):
        return _said(error) + "\n"
    return "".join(traceback.format_exception_only(type(error), error))


def flush_streams() -> None:
    """Put what the project printed through to the kernel, before the reply that it belongs to."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):  # a project may have closed or replaced them
            stream.flush()
