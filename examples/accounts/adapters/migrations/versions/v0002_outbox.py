"""The outbox, as Alembic wrote it down from `outbox_table`."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0002"
down_revision = "0001"

_SETTLED = sa.text("settled_at IS NOT NULL")
_EXACT = "utf8mb4_nopad_bin"
_LONG = sa.Text().with_variant(mysql.LONGTEXT(), "mysql", "mariadb")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "outbox_buckets",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("owner", sa.String(length=255), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("outbox_buckets_pkey")),
        mariadb_collate=_EXACT,
        mysql_collate=_EXACT,
    )
    op.create_table(
        "outbox_messages",
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("aggregate", sa.String(length=255), nullable=False),
        sa.Column("bucket", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("payload", _LONG, nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "state",
            sa.Enum("pending", "published", "dead", name="messagestate", native_enum=False, length=20),
            nullable=False,
        ),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(length=200), nullable=True),
        sa.PrimaryKeyConstraint("position", name=op.f("outbox_messages_pkey")),
        mariadb_collate=_EXACT,
        mysql_collate=_EXACT,
    )
    op.create_index(op.f("outbox_messages_waiting"), "outbox_messages", ["state", "bucket", "position"])
    op.create_index(
        op.f("outbox_messages_settled"),
        "outbox_messages",
        ["state", "settled_at"],
        postgresql_where=_SETTLED,
        sqlite_where=_SETTLED,
    )


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("outbox_messages")
    op.drop_table("outbox_buckets")
