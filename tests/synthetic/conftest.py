"""Empty scratch databases, made with a few statements and dropped after each test."""

from __future__ import annotations

from tests.scratch_databases import Make, ask, mariadb, postgresql, sqlite

__all__ = ["Make", "ask", "mariadb", "postgresql", "sqlite"]
