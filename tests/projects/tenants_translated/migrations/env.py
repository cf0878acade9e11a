"""A schema for each tenant, which SQLAlchemy puts in the place of ``tenant``."""

from alembic import context
from models import Base
from sqlalchemy import engine_from_config, pool
from sqlalchemy.schema import CreateSchema

section = context.config.get_section(context.config.config_ini_section, {})
tenant = context.get_x_argument(as_dictionary=True).get("tenant", "acme")


def include_name(name, kind, parents):
    return name == tenant if kind == "schema" else True


engine = engine_from_config(section, prefix="sqlalchemy.", poolclass=pool.NullPool)
with engine.connect() as connection:
    connection.execute(CreateSchema(tenant, if_not_exists=True))
    connection.commit()
    connection = connection.execution_options(schema_translate_map={"tenant": tenant})
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        version_table_schema=tenant,
        include_schemas=True,
        include_name=include_name,
    )
    with context.begin_transaction():
        context.run_migrations()
