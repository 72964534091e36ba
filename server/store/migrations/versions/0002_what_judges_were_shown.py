"""What judges were shown: the order of the entries, how long the reply took, and why it did not count"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("judge_request") as batch_op:
        batch_op.add_column(sa.Column("shown", sa.Text(), server_default="[]", nullable=False))
        batch_op.add_column(sa.Column("ms", sa.Float(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("error", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("judge_request") as batch_op:
        batch_op.drop_column("error")
        batch_op.drop_column("ms")
        batch_op.drop_column("shown")
