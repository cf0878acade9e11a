"""Statements that reach beyond a copy on a MariaDB or MySQL server, where its databases share all.

There one account sees every database of the server, and any statement may name another one:
``UPDATE production.users …``. So every statement is read before it runs, on each connection that a
worker makes. One that names another database, or leaves this one, is refused; one that changes what
all databases share (accounts, privileges, settings of the server) is passed over, and a table whose
rows would lie elsewhere (MERGE, FEDERATED …) is refused. It is a net
against accident, as all of the guard is: what a statement puts together from pieces is not seen.

Source: https://mariadb.com/kb/en/identifier-qualifiers/
"""

from __future__ import annotations

import re
from typing import Any, Callable, List, NamedTuple, Optional, Tuple

from .failure import Failure

__all__ = ["foreign_database", "guard_connection", "reaches_beyond", "remote_engine"]

_LEXICON = re.compile(
    r"""(?P<space>\s+|/\*(?![!M]).*?\*/|\#[^\n]*|--(?=\s|\Z)[^\n]*)
    |(?P<open>/\*M?!\d*|\*/)
    |(?P<string>'(?:[^'\\]|''|\\.)*')
    |(?P<quoted>`(?:[^`]|``)*`|"(?:[^"\\]|""|\\.)*")
    |(?P<variable>@@?[\w.$]*)
    |(?P<word>[\w$]+)
    |(?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)

#: What the server itself keeps; these may be read.
_OF_SERVER = {"information_schema", "performance_schema", "sys", "mysql"}
_READS = {"SELECT", "SHOW", "DESCRIBE", "DESC", "EXPLAIN", "WITH", "SET", "("}

#: After one of these words stands a table, or what else a database holds.
_BEFORE_TABLE = {
    "FROM", "JOIN", "STRAIGHT_JOIN", "INTO", "UPDATE", "TABLE", "TABLES", "VIEW", "REFERENCES",
    "TRIGGER", "PROCEDURE", "FUNCTION", "EVENT", "SEQUENCE", "PACKAGE", "CALL", "EXISTS", "TO",
    "TRUNCATE", "REPLACE", "INSERT", "DELETE", "IGNORE", "LOW_PRIORITY", "DESCRIBE",
}  # fmt: skip

_BEFORE_INDEX = {"CREATE", "REPLACE", "DROP", "UNIQUE", "FULLTEXT", "SPATIAL", "ONLINE", "OFFLINE"}
_WITH_FROM = {"EXTRACT", "TRIM", "SUBSTRING", "SUBSTR", "MID"}

#: What changes the server, and not one database of it.
_SHARED = re.compile(
    r"""(?:(?:CREATE|ALTER|DROP|RENAME)\s+(?:OR\s+REPLACE\s+)?(?:USER|ROLE|SERVER)\b
    |(?:CREATE|DROP)\s+(?:OR\s+REPLACE\s+)?(?:DATABASE|SCHEMA)\b
    |ALTER\s+(?:DATABASE|SCHEMA)\s+(?!CHARACTER\b|CHARSET\b|DEFAULT\b|COLLATE\b|COMMENT\b|=)
    |GRANT\b|REVOKE\b
    |SET\s+(?:GLOBAL\b|PASSWORD\b|ROLE\b|DEFAULT\s+ROLE\b|@@\s*GLOBAL\b|@@GLOBAL\b|PERSIST\b)
    |FLUSH\b|RESET\b|PURGE\b|CHANGE\s+(?:MASTER|REPLICATION)\b|KILL\b|SHUTDOWN\b
    |(?:START|STOP)\s+(?:ALL\s+)?(?:SLAVE|REPLICA)S?\b|(?:UN)?INSTALL\b)""",
    re.IGNORECASE | re.VERBOSE,
)
#: Engines whose tables have their rows in other tables, on other servers or in files.
_REMOTE = {
    "FEDERATED", "FEDERATEDX", "CONNECT", "SPIDER", "MERGE", "MRG_MYISAM", "S3", "SPHINX",
    "CASSANDRA", "OQGRAPH",
}  # fmt: skip
_OUTFILE = re.compile(r"\bINTO\s+(?:OUT|DUMP)FILE\b", re.IGNORECASE)
_DYNAMIC = {"SET", "PREPARE", "EXECUTE"}

#: Where qualified names stand, and their parts.
_Names = List[Tuple[int, List[str]]]


class _Token(NamedTuple):
    kind: str
    text: str

    @property
    def word(self) -> str:
        return self.text.upper() if self.kind == "word" else ""


def reaches_beyond(sql: str) -> Optional[str]:
    """The words by which a statement changes what all databases share; None when it does not."""
    parts: List[List[str]] = [[]]
    for token in _tokens(sql):
        if token.text == ";":
            parts.append([])
        elif token.kind != "open":
            parts[-1].append(token.text)
    found = (words for words in parts if _SHARED.match(" ".join(words)))
    return next((" ".join(words[:2]).upper() for words in found), None)


def remote_engine(sql: str) -> Optional[str]:
    """The engine of a table that a statement makes, where its rows lie elsewhere; else None.

    Source: https://mariadb.com/kb/en/merge/, https://mariadb.com/kb/en/federatedx-storage-engine/
    """
    found = [token for token in _tokens(sql) if token.kind != "open"]
    makes = False
    for place, token in enumerate(found[:-1]):
        if token.text == ";" or token.word == "SELECT":
            makes = False
        elif token.word == "TABLE":  # CREATE [OR REPLACE] [TEMPORARY] TABLE, ALTER TABLE
            words = {each.word for each in found[max(0, place - 4) : place]}
            makes = makes or bool(words & {"CREATE", "ALTER"})
        elif makes and token.word == "ENGINE":
            named = found[place + 2 if found[place + 1].text == "=" else place + 1 :][:1]
            engine = named[0].text.strip("'`\"") if named else ""
            if engine.upper() in _REMOTE:
                return engine
    for text in _texts_within(found):
        engine = remote_engine(text) or ""
        if engine:
            return engine
    return None


def foreign_database(sql: str, own: str, others: "frozenset[str]") -> Optional[str]:
    """The name of another database that a statement speaks of, or goes to; None without one.

    ``others`` are the server's other databases, in lower case. A table or an alias that is called
    as a database is, is told by where it stands.
    """
    found = _tokens(sql)
    first = next((token.word or token.text for token in found if token.kind != "open"), "")
    for place, token in enumerate(found[:-1]):
        begins = place == 0 or found[place - 1].text == ";" or found[place - 1].kind == "open"
        if begins and token.word == "USE" and _name(found[place + 1]) not in (None, own):
            return _name(found[place + 1])
    for place, parts in _qualified(found):
        if parts[0] == own or _may_read(parts[0], first):
            continue
        if _is_database(found, place, parts, others):
            return parts[0]
    inner = (foreign_database(text, own, others) for text in _texts_within(found))
    return next((name for name in inner if name is not None), None)


def _texts_within(found: List[_Token]) -> List[str]:
    """The literals of which statements are made, where there is one that is made of text."""
    first = next((token.word for token in found if token.kind != "open"), "")
    if first not in _DYNAMIC and not any(_prepares(found, place) for place in range(len(found))):
        return []
    literals = (token.text for token in found if token.kind in ("string", "quoted"))
    return [text[1:-1] for text in literals if text[0] != "`" and (" " in text or "." in text)]


def _prepares(found: List[_Token], place: int) -> bool:
    after = found[place + 1].word if place + 1 < len(found) else ""
    return found[place].word == "PREPARE" or (
        found[place].word == "EXECUTE" and after == "IMMEDIATE"
    )


def _may_read(name: str, first: str) -> bool:
    return name.lower() in _OF_SERVER and first in _READS


def _is_database(
    found: List[_Token], place: int, parts: List[str], others: "frozenset[str]"
) -> bool:
    after = found[place + 2 * len(parts) - 1 :]
    if len(parts) == 2 and parts[1] == "*":  # all columns of a table, but in GRANT … ON a.*
        return place > 0 and found[place - 1].word == "ON"
    if _is_table(found, place, after):
        return True
    if parts[0].lower() not in others:
        return False
    if len(parts) > 2 or (after and after[0].text == "("):
        return True
    return not (_is_row(found, parts) or _stands_alone(found, parts[0]))


def _is_table(found: List[_Token], place: int, after: List[_Token]) -> bool:
    """Whether only a table, or what else a database holds, can have its name at this place."""
    before = found[place - 1].word if place else ""
    earlier = found[: max(0, place - 1)]
    if before == "ON":  # of an index, or a trigger's; elsewhere a condition follows
        of_trigger = [token.word for token in after[:3]] == ["FOR", "EACH", "ROW"]
        return of_trigger or _makes_index(earlier)
    if before == "UPDATE":  # not ON DUPLICATE KEY UPDATE
        return [token.word for token in earlier[-2:]] != ["DUPLICATE", "KEY"]
    if before == "LIKE":
        return _makes_like(earlier)
    if before == "FROM":
        return not _takes_from(earlier)
    return before in _BEFORE_TABLE


def _makes_index(earlier: List[_Token]) -> bool:
    """Whether what stands before an ON is CREATE INDEX name, or DROP INDEX name."""
    for place in range(len(earlier) - 1, 0, -1):
        token = earlier[place]
        if token.word == "INDEX" and earlier[place - 1].word in _BEFORE_INDEX:
            return True
        if _name(token) is None and token.kind != "open":
            return False
    return False


def _makes_like(earlier: List[_Token]) -> bool:
    """Whether what stands before a LIKE is CREATE TABLE name."""
    rest = [token for token in earlier if token.kind != "open"]
    if rest and rest[-1].text == "(":
        rest.pop()
    if len(rest) > 2 and rest[-2].text == ".":
        del rest[-2:]
    return len(rest) > 1 and rest[-2].word in ("TABLE", "EXISTS")


def _takes_from(earlier: List[_Token]) -> bool:
    """Whether a FROM is that of EXTRACT(YEAR FROM …) or another function of that kind."""
    depth = 0
    for place in range(len(earlier) - 1, 0, -1):
        token = earlier[place]
        depth += (token.text == ")") - (token.text == "(")
        if depth < 0:
            return earlier[place - 1].word in _WITH_FROM
        if depth == 0 and token.word == "SELECT":
            return False
    return False


def _is_row(found: List[_Token], parts: List[str]) -> bool:
    """Whether a name is a column of the row that a trigger runs for, not of a database ``old``."""
    is_row = len(parts) == 2 and parts[0].upper() in ("NEW", "OLD")
    return is_row and any(token.word == "TRIGGER" for token in found)


def _stands_alone(found: List[_Token], name: str) -> bool:
    """Whether the name is one of a table or an alias too."""
    for place, token in enumerate(found):
        before = found[place - 1].text if place else ""
        after = found[place + 1].text if place + 1 < len(found) else ""
        if _name(token) == name and before != "." and after != ".":
            return True
    return False


def _qualified(found: List[_Token]) -> _Names:
    """Where names stand that are joined by dots, and their parts."""
    names: _Names = []
    place = 0
    while place < len(found):
        first = _name(found[place])
        if first is None or not _is_dot(found, place + 1):
            place += 1
            continue
        parts, end = [first], place + 1
        while _is_dot(found, end) and end + 1 < len(found):
            parts.append(_name(found[end + 1]) or found[end + 1].text)
            end += 2
        is_number = found[place].kind == "word" and first.isdigit()
        if not is_number and (place == 0 or found[place - 1].text != "."):
            names.append((place, parts))
        place = end
    return names


def _is_dot(found: List[_Token], place: int) -> bool:
    return place < len(found) and found[place].text == "."


def _name(token: _Token) -> Optional[str]:
    if token.kind == "quoted":
        quote = token.text[0]
        return token.text[1:-1].replace(quote * 2, quote)
    return token.text if token.kind == "word" else None


def _tokens(sql: str) -> List[_Token]:
    """What a statement is made of; what MariaDB runs of its comments is among it."""
    return [
        _Token(match.lastgroup or "other", match.group())
        for match in _LEXICON.finditer(sql)
        if match.lastgroup != "space"
    ]


# -- on a connection ------------------------------------------------------------------------------

_DATABASES = "SELECT SCHEMA_NAME FROM information_schema.SCHEMATA"


def guard_connection(connection: Any, own: str) -> None:
    """Have a driver's connection, PyMySQL's or mysqlclient's, read each statement first."""
    cursor = connection.cursor()
    cursor.execute(_DATABASES)
    names = {_text(row[0]).lower() for row in cursor.fetchall()}
    cursor.close()
    others = frozenset(names - {own.lower()} - {"information_schema"})
    original: Callable[..., Any] = connection.query

    def query(sql: Any, *arguments: Any, **keywords: Any) -> Any:
        check(_text(sql), own, others)
        return original(sql, *arguments, **keywords)

    connection.query = query
    if hasattr(connection, "select_db"):
        connection.select_db = _no_other_database


def check(sql: str, own: str, others: "frozenset[str]") -> None:
    """Raise Failure for a statement that may not run on a connection to a scratch database."""
    name = foreign_database(sql, own, others)
    if name is not None:
        raise Failure(
            "project",
            "A statement that names the database {!r} was refused: on a MariaDB server the copy "
            "stands beside the original, and only the copy's own tables may be named.".format(name),
        )
    engine = remote_engine(sql)
    if engine is not None:
        raise Failure(
            "project",
            "A table with the engine {} was refused: its rows lie elsewhere, and what is written "
            "to it would be written there, beyond the copy.".format(engine),
        )
    words = reaches_beyond(sql) or ("INTO OUTFILE" if _OUTFILE.search(sql) else None)
    if words is not None:
        raise Failure(
            "project",
            "{} was refused: it reaches beyond the copy, to what all databases of its server "
            "share.".format(words),
        )


def _no_other_database(name: Any) -> None:
    raise Failure("project", "Changing to the database {!r} was refused.".format(_text(name)))


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, (bytes, bytearray)) else str(value)
