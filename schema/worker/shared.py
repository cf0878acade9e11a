"""Statements that reach beyond the copy: to what all databases of a PostgreSQL server share.

Roles, tablespaces, the server's settings, and what is said of a database by its name are the same
for the copy and for the original beside it. Such a statement is passed over on a server that is not
the workbench's own. Code in a DO block may take the copy's own name by ``current_database()``.

Source: https://www.postgresql.org/docs/current/catalogs.html, the catalogs that are shared.
"""

from __future__ import annotations

import re
from typing import Optional

_COMMENTS = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
_LITERALS = re.compile(r"\$(\w*)\$.*?\$\1\$|'(?:[^']|'')*'", re.DOTALL)
_KINDS = r"(?:DATABASE|ROLE|USER(?!\s+MAPPING)|GROUP|TABLESPACE|SUBSCRIPTION)\b"
_SHARED = (
    r"(?:(?:CREATE|ALTER|DROP)\s+{kinds}|ALTER\s+SYSTEM\b|(?:REASSIGN|DROP)\s+OWNED\b"
    r"|(?:COMMENT|SECURITY\s+LABEL(?:\s+FOR\s+\S+)?)\s+ON\s+{kinds}"
    r"|(?:GRANT|REVOKE)\b[^;]*?\bON\s+(?:DATABASE|TABLESPACE|PARAMETER)\b"
    r"|(?:GRANT|REVOKE)\b(?![^;]*\bON\b)[^;]*\b(?:TO|FROM)\b)"
).format(kinds=_KINDS)
_STATEMENT = re.compile(r"(?:^|;)\s*(" + _SHARED + ")", re.IGNORECASE)
_BLOCK = re.compile(r"\s*DO\b", re.IGNORECASE)
_IN_BLOCK = re.compile(r"\b(" + _SHARED + ")", re.IGNORECASE)
_OWN_NAME = re.compile(r"\bcurrent_database\s*\(|\bcurrent_catalog\b", re.IGNORECASE)
#: What any such statement holds; nearly all statements are told by it at once.
_HINT = re.compile(
    r"\b(?:DATABASE|ROLE|USER|GROUP|TABLESPACE|SUBSCRIPTION|SYSTEM|OWNED|GRANT|REVOKE)\b",
    re.IGNORECASE,
)


def reaches_beyond(sql: str) -> Optional[str]:
    """The words by which a statement reaches beyond its database; None when it does not."""
    if not _HINT.search(sql):
        return None
    text = _COMMENTS.sub(" ", sql)
    if _BLOCK.match(text):
        found = None if _OWN_NAME.search(text) else _IN_BLOCK.search(text)
    else:
        found = _STATEMENT.search(_LITERALS.sub("''", text))
    return " ".join(found.group(1).split()) if found else None
