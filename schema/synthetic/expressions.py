"""The conditions of checks as trees, as far as they speak of columns and constants."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from schema.catalog.sqlite_text import DDLError, Token, tokens

__all__ = ["Node", "parse"]


@dataclass(frozen=True)
class Node:
    """A part of an expression.

    ``kind`` is and, or, not, compare, in, match, null, column, constant, now, function or other.
    ``text`` is the operator, the name, or the constant's value out of its quotes.
    """

    kind: str
    text: str = ""
    parts: tuple[Node, ...] = ()
    quoted: bool = False

    @property
    def is_condition(self) -> bool:
        return self.kind in {"and", "or", "not", "compare", "in", "match", "null"}


_OTHER = Node("other")
_COMPARISONS = {"=", "==", "<>", "!=", "<", "<=", ">", ">="}
_SAME = {"==": "=", "!=": "<>"}
#: Words that may follow the first one of a type's name.
_TYPE_WORDS = {"VARYING", "PRECISION", "WITH", "WITHOUT", "TIME", "ZONE"}
_NOW = {"CURRENT_DATE", "CURRENT_TIMESTAMP", "LOCALTIMESTAMP", "CURRENT_TIME"}
_NOW_FUNCTIONS = {"now", "statement_timestamp", "clock_timestamp", "transaction_timestamp"}


def parse(text: str, columns: Mapping[str, str], same: Callable[[str], str] = str) -> Node:
    """The tree of a condition. Raises DDLError when there is more than is understood."""
    parser = _Parser(_without_casts(list(_with_arrays(tokens(text)))), columns, same)
    found = parser.disjunction()
    return found if parser.at_end else _OTHER


def _with_arrays(found: list[Token]) -> Iterator[Token]:
    """The tokens, where an array's members are no longer taken for a name in brackets."""
    is_array = False
    for token in found:
        if token.kind == "other" and token.text.startswith("[") and is_array:
            yield Token("op", "[")
            yield from tokens(token.text[1:-1])
            yield Token("op", "]")
        else:
            yield token
        is_array = token.word == "ARRAY"


def _without_casts(found: list[Token]) -> list[Token]:
    """The tokens without ``::type``: only the values count here."""
    kept: list[Token] = []
    place = 0
    while place < len(found):
        if found[place].text == ":" and place + 1 < len(found) and found[place + 1].text == ":":
            place = _after_type(found, place + 2)
        else:
            kept.append(found[place])
            place += 1
    return kept


def _after_type(found: list[Token], place: int) -> int:
    place += 1
    while place < len(found):
        token = found[place]
        if token.text == ".":
            place += 2
        elif token.word in _TYPE_WORDS:
            place += 1
        elif token.text == "(" and all(t.kind == "number" or t.text in "(,)"
                                       for t in found[place : place + 3]):  # fmt: skip
            place += next(n for n, each in enumerate(found[place:], 1) if each.text == ")")
        elif token.text == "[]":
            place += 1
        else:
            break
    return place


#: What matches a pattern, and the pattern's kind. PostgreSQL spells LIKE as ~~.
_MATCHES: tuple[tuple[tuple[str, ...], str], ...] = (
    (("LIKE",), "like"), (("ILIKE",), "like"), (("GLOB",), "glob"), (("REGEXP",), "regex"),
    (("SIMILAR", "TO"), "similar"), (("~", "~", "*"), "like"), (("~", "~"), "like"),
    (("~", "*"), "regex"), (("~",), "regex"),
)  # fmt: skip
_MISMATCHES: tuple[tuple[str, ...], ...] = (
    ("!", "~", "~", "*"), ("!", "~", "~"), ("!", "~", "*"), ("!", "~"),
)  # fmt: skip
#: Words that may follow NOT in the middle of a predicate.
_NEGATABLE = {"IN", "BETWEEN", "LIKE", "ILIKE", "GLOB", "REGEXP", "SIMILAR"}
_ARITHMETIC = {"+", "-", "*", "/", "%", "|", "||", "&", "<<", ">>", "->", "->>", "@", "#", "^", "?"}


class _Parser:
    def __init__(
        self, found: list[Token], columns: Mapping[str, str], same: Callable[[str], str]
    ) -> None:
        self.tokens = found
        self.place = 0
        self.columns = columns
        self.same = same

    # -- reading tokens

    @property
    def at_end(self) -> bool:
        return self.place >= len(self.tokens)

    def peek(self, ahead: int = 0) -> Token:
        place = self.place + ahead
        return self.tokens[place] if place < len(self.tokens) else Token("op", "")

    def take(self) -> Token:
        token = self.peek()
        self.place += 1
        if token.text == "" and self.place > len(self.tokens) + 1:
            raise DDLError("an expression ends too early")
        return token

    def takes(self, *words: str) -> bool:
        """Whether these words or operators come next; then they are taken."""
        for ahead, word in enumerate(words):
            token = self.peek(ahead)
            if (token.word or token.text) != word:
                return False
        self.place += len(words)
        return True

    def expect(self, text: str) -> None:
        if not self.takes(text):
            raise DDLError(f"{text} expected")

    # -- conditions

    def disjunction(self) -> Node:
        parts = [self.conjunction()]
        while self.takes("OR"):
            parts.append(self.conjunction())
        return parts[0] if len(parts) == 1 else Node("or", "", tuple(parts))

    def conjunction(self) -> Node:
        parts = [self.negation()]
        while self.takes("AND"):
            parts.append(self.negation())
        return parts[0] if len(parts) == 1 else Node("and", "", tuple(parts))

    def negation(self) -> Node:
        if self.takes("NOT"):
            return Node("not", "", (self.negation(),))
        return self.predicate()

    def predicate(self) -> Node:
        left = self.operand()
        while True:
            found = self.after(left)
            if found is None:
                return left
            left = found

    def after(self, left: Node) -> Node | None:
        """What stands after an operand, made into a condition; None when nothing does."""
        if self.takes("IS"):
            return self.is_something(left)
        if self.takes("ISNULL"):
            return Node("null", "", (left,))
        if self.takes("NOTNULL") or self.takes("NOT", "NULL"):
            return _not(Node("null", "", (left,)))
        if self.peek().word == "NOT" and self.peek(1).word in _NEGATABLE:
            self.take()
            found = self.after(left)
            return _not(found) if found is not None else None
        if self.takes("IN"):
            return self.members(left)
        if self.takes("BETWEEN"):
            low = self.operand()
            self.expect("AND")
            high = self.operand()
            pair = (Node("compare", ">=", (left, low)), Node("compare", "<=", (left, high)))
            return Node("and", "", pair)
        return self.match(left) or self.comparison(left)

    def is_something(self, left: Node) -> Node:
        negated = self.takes("NOT")
        if self.takes("DISTINCT", "FROM"):
            found = Node("compare", "<>", (left, self.operand()))
        elif self.takes("NULL"):
            found = Node("null", "", (left,))
        elif self.takes("TRUE"):
            found = left
        elif self.takes("FALSE"):
            found = _not(left)
        else:
            found = Node("compare", "=", (left, self.operand()))
        return _not(found) if negated else found

    def members(self, left: Node) -> Node:
        self.expect("(")
        parts = [left, *self.listed(")")]
        return Node("in", "", tuple(parts))

    def listed(self, end: str) -> list[Node]:
        found: list[Node] = []
        while not self.takes(end):
            found.append(self.disjunction())
            if not self.takes(","):
                self.expect(end)
                break
        return found

    def match(self, left: Node) -> Node | None:
        for words, kind in _MATCHES:
            if self.takes(*words):
                found = Node("match", kind, (left, self.operand()))
                if self.takes("ESCAPE"):
                    self.operand()
                return found
        for words in _MISMATCHES:
            if self.takes(*words):
                self.operand()
                return _OTHER
        return None

    def comparison(self, left: Node) -> Node | None:
        operator = self.peek().text
        if operator not in _COMPARISONS:
            return None
        self.take()
        operator = _SAME.get(operator, operator)
        word = self.peek().word
        if word in {"ANY", "SOME", "ALL"} and self.peek(1).text == "(":
            self.place += 2
            array = self.disjunction()
            self.expect(")")
            if array.kind != "array":
                return _OTHER
            if (operator, word) == ("=", "ANY"):
                return Node("in", "", (left, *array.parts))
            if (operator, word) == ("<>", "ALL"):
                return _not(Node("in", "", (left, *array.parts)))
            return _OTHER
        return Node("compare", operator, (left, self.operand()))

    # -- operands

    def operand(self) -> Node:
        """A primary; with arithmetic after it, it is something that is not followed further."""
        found = self.primary()
        while self.peek().text in _ARITHMETIC or self.peek().word == "COLLATE":
            if self.take().word == "COLLATE":
                self.take()
                continue
            while self.peek().text in {">", "<", "@", "|", "&", "-", "?"}:
                self.take()
            self.primary()
            found = _OTHER
        return found

    def primary(self) -> Node:
        token = self.take()
        if token.text == "(":
            found = self.disjunction()
            if self.peek().text == ",":
                self.listed(")")
                return _OTHER
            self.expect(")")
            return found
        if token.kind == "string":
            return Node("constant", token.name, quoted=True)
        if token.kind == "number":
            return Node("constant", token.text.replace("_", ""))
        if token.text in {"-", "+"}:
            inner = self.primary()
            sign = "-" if token.text == "-" else ""
            return Node("constant", sign + inner.text) if inner.kind == "constant" else _OTHER
        if token.word == "CASE":
            return self.case()
        if token.word == "ARRAY" and self.takes("["):
            return Node("array", "", tuple(self.listed("]")))
        if token.kind in {"word", "double", "other"}:
            return self.named(token)
        if token.kind == "blob":
            return _OTHER
        raise DDLError(f"{token.text!r} is not understood")

    def case(self) -> Node:
        depth = 1
        while depth:
            if self.at_end:
                raise DDLError("CASE without END")
            word = self.take().word
            depth += (word == "CASE") - (word == "END")
        return _OTHER

    def named(self, token: Token) -> Node:
        if self.peek().text == "(":
            self.take()
            return self.call(token)
        if token.kind == "word" and token.text in {"E", "B", "X"} and self.peek().kind == "string":
            return Node("constant", self.take().name.replace("\\\\", "\\"), quoted=True)
        name = token
        while self.peek().text == "." and self.peek(1).kind in {"word", "double", "other"}:
            self.take()
            name = self.take()
        column = self.columns.get(self.same(name.name))
        if column is not None:
            return Node("column", column)
        if token.word in {"TRUE", "FALSE", "NULL"}:
            return Node("constant", "NULL" if token.word == "NULL" else token.text.lower())
        if token.word in _NOW:
            return Node("now")
        # SQLite takes a name in double quotes that is no column's for a string.
        return Node("constant", token.name, quoted=True) if token.kind == "double" else _OTHER

    def call(self, token: Token) -> Node:
        name = token.name.lower()
        if name == "cast":
            found = self.disjunction()
            depth = 1
            while depth:
                if self.at_end:
                    raise DDLError("CAST without an end")
                text = self.take().text
                depth += (text == "(") - (text == ")")
            return found
        parts = tuple(self.listed(")"))
        if name in _NOW_FUNCTIONS and not parts:
            return Node("now")
        return Node("function", name, parts)


def _not(node: Node) -> Node:
    return Node("not", "", (node,))
