"""The text of a Python file, in whatever encoding it names, with or without a byte order mark."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from tokenize import detect_encoding

__all__ = ["decoded", "encoded", "read_source", "text_of_file"]


def decoded(source: bytes, errors: str = "strict") -> str:
    """The text of a Python file, in the encoding that it names, without a byte order mark.

    See https://docs.python.org/3/reference/lexical_analysis.html#encoding-declarations. Raises
    UnicodeDecodeError, unless ``errors`` says otherwise.
    """
    try:
        encoding, _ = detect_encoding(BytesIO(source).readline)
    except SyntaxError:  # it names one that there is not, or is none of what it names
        encoding = "utf-8-sig"
    return source.decode(encoding, errors)


def encoded(text: str) -> bytes:
    """The text of a Python file in the encoding that it names itself; in UTF-8 where it does not
    fit in there."""
    source = text.encode()
    try:
        return text.encode(detect_encoding(BytesIO(source).readline)[0])
    except (SyntaxError, UnicodeEncodeError):
        return source


def read_source(path: Path) -> str:
    """The text of a Python file with plain line ends; what is no text of its encoding is replaced.

    Raises OSError.
    """
    return decoded(path.read_bytes(), "replace").replace("\r\n", "\n").replace("\r", "\n")


def text_of_file(path: Path) -> str:
    """The same; "" for a file that cannot be read."""
    try:
        return read_source(path)
    except OSError:
        return ""
