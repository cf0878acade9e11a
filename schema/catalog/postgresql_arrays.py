"""One spelling of arrays of constants, that of PostgreSQL once it has read its own text again.

``kind IN ('a', 'b')`` with a varchar column is first written as ``(ARRAY['a'::character varying,
…])::text[]``. When that is read, as after ``pg_dump``, the cast goes to each element
(transformTypeCast in src/backend/parser/parse_expr.c) and stays there:
``ARRAY[('a'::character varying)::text, …]``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

__all__ = ["spell_arrays"]

_BEGIN, _ARRAY = "(ARRAY[", "ARRAY["
_NAME = r'(?:"(?:[^"]|"")*"|[^\W\d][\w$]*)'
#: A type without a length, by which the server may leave the element's own type unwritten.
_TYPE = (
    r"(?:character varying|double precision|bit varying|(?:timestamp|time) with(?:out)? time zone"
    rf"|{_NAME}(?:\.{_NAME})?)"
)
_CAST = re.compile(rf"\)::({_TYPE})\[\]")
#: What is no bracket and no comma, however it looks; then those.
_PIECE = re.compile(
    r"""(?P<text>'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(?P<tag>[^\W\d]\w*|)\$.*?\$(?P=tag)\$)
    |(?P<begin>(?<![\w$])\(ARRAY\[)|(?P<mark>[][(),])""",
    re.DOTALL | re.VERBOSE,
)


def spell_arrays(text: str) -> str:
    """An expression or a definition that the server wrote, in that spelling; else as it is."""
    if _BEGIN not in text:
        return text
    out: list[str] = []
    place = 0
    for found in _PIECE.finditer(text):
        if found["begin"] is None or found.start() < place:
            continue
        elements, end = _elements(text, found.end())
        cast = _CAST.match(text, end)
        if cast is not None:
            out += [text[place : found.start()], _array(elements, cast[1])]
            place = cast.end()
    return "".join([*out, text[place:]])


def _array(elements: list[str], type_name: str) -> str:
    return f"ARRAY[{', '.join(_cast(each, type_name) for each in elements)}]"


def _cast(element: str, type_name: str) -> str:
    if element.startswith(_ARRAY):
        elements, end = _elements(element, len(_ARRAY))
        if end == len(element):
            return _array(elements, type_name)
    return f"({spell_arrays(element)})::{type_name}"


def _elements(text: str, start: int) -> tuple[list[str], int]:
    """The elements of the array that is open at ``start``, and the place after its end."""
    depth, begun, found = 0, start, []
    for mark, place in _marks(text, start):
        if mark in "([":
            depth += 1
        elif mark == "," and not depth:
            found.append(text[begun:place].strip())
            begun = place + 1
        elif mark in ")]":
            depth -= 1
            if depth < 0:
                return [*found, text[begun:place].strip()], place + 1
    return found, len(text)


def _marks(text: str, start: int) -> Iterator[tuple[str, int]]:
    for found in _PIECE.finditer(text, start):
        if found["begin"] is not None:
            yield "(", found.start()
            yield "[", found.end() - 1
        elif found["mark"] is not None:
            yield found["mark"], found.start()
