"""The version of a user, by which a change of what has changed meanwhile is found out."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Give the users that there are the same first version."""
    op.add_column("users", sa.Column("version", sa.String(length=32), server_default="", nullable=False))


def downgrade() -> None:
    """Drop the versions."""
    with op.batch_alter_table("users") as users:
        users.drop_column("version")
