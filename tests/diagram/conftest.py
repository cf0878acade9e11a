"""Catalogs of real databases for diagrams: a small shop, and one with hostile names."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from schema.catalog import Catalog, read_catalog

SHOP = """
CREATE TABLE customers (id INTEGER PRIMARY KEY, mail VARCHAR(80) UNIQUE, name TEXT NOT NULL);
CREATE TABLE orders (
    id INTEGER PRIMARY KEY,
    customer_id INTEGER NOT NULL REFERENCES customers ON DELETE CASCADE,
    payer_id INTEGER REFERENCES customers,
    replaces_id INTEGER REFERENCES orders
);
CREATE TABLE order_lines (
    order_id INTEGER NOT NULL REFERENCES orders, line INTEGER NOT NULL, amount NUMERIC,
    PRIMARY KEY (order_id, line)
);
CREATE TABLE returns (
    id INTEGER PRIMARY KEY, order_id INTEGER NOT NULL, line INTEGER NOT NULL,
    FOREIGN KEY (order_id, line) REFERENCES order_lines
);
CREATE TABLE profiles (
    customer_id INTEGER PRIMARY KEY REFERENCES customers, picture BLOB
);
CREATE TABLE visits (id INTEGER PRIMARY KEY, customer_id INTEGER, page TEXT);
CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT);
CREATE VIEW big_orders AS SELECT * FROM orders;
"""


@pytest.fixture
def made(tmp_path: Path) -> Callable[[str], Catalog]:
    """What makes a SQLite database of some SQL, and reads its catalog."""

    def make(sql: str) -> Catalog:
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.sqlite"
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript(sql)
        return read_catalog(f"sqlite:///{path}")

    return make


@pytest.fixture
def store(made: Callable[[str], Catalog]) -> Catalog:
    return made(SHOP)
