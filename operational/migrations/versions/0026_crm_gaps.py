"""Sales, contracts and switching: what was missing between the rooms."""

from operational.migrations import execute_sql_beside

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Run the SQL file beside this one."""
    execute_sql_beside(__file__)


def downgrade() -> None:
    """Refuse: the way back is a restored backup."""
    raise NotImplementedError("IRIS does not migrate backwards. Restore a backup instead.")
