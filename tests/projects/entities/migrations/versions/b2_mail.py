"""lower-case mail"""

from alembic import op
from alembic_utils.pg_function import PGFunction
from alembic_utils.pg_trigger import PGTrigger
from alembic_utils.pg_view import PGView

revision = "b2"
down_revision = "a1"

public_lower_mail = PGFunction(
    schema="public",
    signature="lower_mail()",
    definition="""
RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.email := lower(NEW.email);
    RETURN NEW;
END
$$
""",
)
public_person_mail = PGTrigger(
    schema="public",
    signature="person_mail",
    on_entity="public.person",
    definition="BEFORE INSERT OR UPDATE ON public.person\n"
    "FOR EACH ROW EXECUTE FUNCTION public.lower_mail()",
)
public_reachable = PGView(
    schema="public",
    signature="reachable",
    definition="SELECT id, name, email FROM person WHERE email IS NOT NULL",
)


def upgrade():
    op.create_entity(public_lower_mail)
    op.create_entity(public_person_mail)
    op.create_entity(public_reachable)


def downgrade():
    op.drop_entity(public_reachable)
    op.drop_entity(public_person_mail)
    op.drop_entity(public_lower_mail)
