"""Foundation: schemas, tables, constraints, triggers, policies and grants of the first release."""

from operational.migrations import execute_sql_beside

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Run the SQL file beside this one."""
    execute_sql_beside(__file__)


def downgrade() -> None:
    """Refuse: documents and ledger are append-only, so the way back is a restored backup."""
    raise NotImplementedError("IRIS does not migrate backwards. Restore a backup instead.")
