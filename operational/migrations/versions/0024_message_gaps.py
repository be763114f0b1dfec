"""Messages: gateways, rates of channels."""

from operational.migrations import execute_sql_beside

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Run the SQL file beside this one."""
    execute_sql_beside(__file__)


def downgrade() -> None:
    """Refuse: the way back is a restored backup."""
    raise NotImplementedError("IRIS does not migrate backwards. Restore a backup instead.")
