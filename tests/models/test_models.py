"""The bundled models, against the service's schema as its own people write it down."""

from __future__ import annotations

import subprocess
import sys

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from schema.models import Base

# "!" is NOT NULL, "*" the primary key, ">" a foreign key; S has no length, the rest as they say.
SCHEMA = """
users: *username S(250)!, admin_token S! ='undefined', provisioning_token S! ='undefined', role USER|ADMIN! ='USER'
priority_groups: *name S(250)!
pools: *poolname S(250)!, driver S(250)!, parameters T!
sshkeys: *keyname S(250)!, enabled Bool, ownername S(250)! >users.username, file S(250)!
guest_requests: *guestname S(250)!, environment T!, ownername S(250)! >users.username, priorityname S(250) >priority_groups.name, poolname S(250) >pools.poolname, state S(250)!, address S(250), ssh_keyname S(250)! >sshkeys.keyname, ssh_port I!, ssh_username S(250)!, pool_data T!, user_data T!, post_install_script T, ctime DT!
guest_events: *_id I!, updated DT, guestname S(250)!, eventname S(250)!, details T
snapshot_requests: *snapshotname S(250)!, guestname S(250)! >guest_requests.guestname, poolname S(250) >pools.poolname, state S(250)!, start_again Bool!
metrics: *metric S(250)!, count I, updated DT
metrics_pool_resources: *poolname S(250)!, *dimension LIMITS|USAGE!, instances B, cores B, memory B, diskspace B, snapshots B
metrics_failover: *from_pool S(250)! >pools.poolname, *to_pool S(250)! >pools.poolname, count I, updated DT
metrics_failover_success: *from_pool S(250)! >pools.poolname, *to_pool S(250)! >pools.poolname, count I, updated DT
knobs: *knobname S!, value S!
metrics_provisioning_success: *pool S!, count I!
metrics_policy_calls: *policy_name S!, count I
metrics_policy_cancellations: *policy_name S!, count I
metrics_policy_rulings: *policy_name S!, *pool_name S!, *allowed Bool!, count I
guest_tags: *poolname S!, *tag S!, value S!
"""  # noqa: E501 -- one line a table, as in the service's documentation

TYPES = {
    sa.BigInteger: "B",
    sa.Boolean: "Bool",
    sa.DateTime: "DT",
    sa.Integer: "I",
    sa.Text: "T",
}


def spelled(column: sa.Column[object]) -> str:
    """One column in the notation of SCHEMA."""
    if isinstance(column.type, sa.Enum):
        kind = "|".join(column.type.enums)
    elif type(column.type) is sa.String:
        kind = f"S({column.type.length})" if column.type.length else "S"
    else:
        kind = TYPES[type(column.type)]
    text = f"{'*' * column.primary_key}{column.name} {kind}{'!' * (not column.nullable)}"
    if column.server_default is not None:
        text += f" ='{column.server_default.arg}'"
    return text + "".join(f" >{key.target_fullname}" for key in column.foreign_keys)


@pytest.mark.parametrize("line", SCHEMA.strip().splitlines(), ids=lambda line: line.split(":")[0])
def test_table_is_as_the_service_has_it(line: str) -> None:
    name = line.partition(":")[0]
    columns = ", ".join(spelled(column) for column in Base.metadata.tables[name].columns)
    assert f"{name}: {columns}" == line


def test_no_table_is_missing_or_too_many() -> None:
    expected = {line.partition(":")[0] for line in SCHEMA.strip().splitlines()}
    assert set(Base.metadata.tables) == expected


def test_enum_types_bear_the_service_s_names() -> None:
    types = {
        c.type.name for t in Base.metadata.tables.values() for c in t.c if hasattr(c.type, "enums")
    }
    assert types == {"poolresourcesmetricsdimensions", "userroles"}


def test_foreign_keys_have_no_action() -> None:
    keys = [key for table in Base.metadata.tables.values() for key in table.foreign_keys]
    assert {(key.ondelete, key.onupdate) for key in keys} == {(None, None)}


def test_mariadb_accepts_every_table() -> None:
    """A String without a length raises CompileError there."""
    for table in Base.metadata.sorted_tables:
        assert "VARCHAR(" in str(sa.schema.CreateTable(table).compile(dialect=mysql.dialect()))


def test_importing_the_models_loads_nothing_heavy() -> None:
    code = "import sys, schema.models; print(*{name.partition('.')[0] for name in sys.modules})"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"alembic", "click", "faker", "ipywidgets", "jupyterlab", "pandas", "rich"}
    assert not heavy & set(run.stdout.split())
