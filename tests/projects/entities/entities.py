"""What the project keeps with alembic_utils beside its tables."""

from alembic_utils.pg_extension import PGExtension
from alembic_utils.pg_function import PGFunction
from alembic_utils.pg_trigger import PGTrigger
from alembic_utils.pg_view import PGView

vector = PGExtension(schema="public", signature="vector")

lower_mail = PGFunction(
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

person_mail = PGTrigger(
    schema="public",
    signature="person_mail",
    on_entity="public.person",
    definition="""
BEFORE INSERT OR UPDATE ON public.person
FOR EACH ROW EXECUTE FUNCTION public.lower_mail()
""",
)

reachable = PGView(
    schema="public",
    signature="reachable",
    definition="SELECT id, name, email FROM person WHERE email IS NOT NULL",
)

ENTITIES = [vector, lower_mail, person_mail, reachable]
