"""The tables of JupyterHub 0.5, behind which its first revision begins: jupyterhub/orm.py of then.

For ``--before-base tests/real/hub_0_5.py:metadata``. Nothing of that release is needed for it.
"""

import sqlalchemy as sa

metadata = sa.MetaData()

sa.Table(
    "servers",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("proto", sa.Unicode(15)),
    sa.Column("ip", sa.Unicode(255)),
    sa.Column("port", sa.Integer),
    sa.Column("base_url", sa.Unicode(255)),
    sa.Column("cookie_name", sa.Unicode(255)),
)
sa.Table(
    "proxies",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("_public_server_id", sa.ForeignKey("servers.id")),
    sa.Column("_api_server_id", sa.ForeignKey("servers.id")),
)
sa.Table(
    "hubs",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("_server_id", sa.ForeignKey("servers.id")),
)
sa.Table(
    "users",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.Unicode(1023)),
    sa.Column("_server_id", sa.ForeignKey("servers.id")),
    sa.Column("admin", sa.Boolean),
    sa.Column("last_activity", sa.DateTime),
    sa.Column("cookie_id", sa.Unicode(1023)),
    sa.Column("state", sa.Text),
)
sa.Table(
    "api_tokens",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("hashed", sa.Unicode(1023)),
    sa.Column("prefix", sa.Unicode(1023)),
    sa.Column("user_id", sa.ForeignKey("users.id")),
)
