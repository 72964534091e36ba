"""The tables. Every row but those of probes belongs to an event; times are epoch milliseconds.

What the rules decided is in the journal alone. The other tables hold what people handed in, one row under one
unique key each, so that a repeated request changes nothing and a tally is a query.
"""

from sqlalchemy import BigInteger, Column, Float, Text
from sqlmodel import Field, SQLModel


def _time() -> Column[int]:
    return Column(BigInteger, nullable=False)


def _text() -> Column[str]:
    return Column(Text, nullable=False)


class EventRow(SQLModel, table=True):
    """One Grand Finale or rehearsal. `made_up`: the event as JSON, as it was before the first journal entry."""

    __tablename__ = "event"
    id: str = Field(primary_key=True)
    name: str
    rehearsal: bool
    code: str
    made_up: str = Field(sa_column=_text())
    created_at: int = Field(sa_column=_time())
    alive_at: int = Field(default=0, sa_column=Column(BigInteger, nullable=False, server_default="0"))


class JournalRow(SQLModel, table=True):
    """One decided event, chained to the one before by its hash."""

    __tablename__ = "journal"
    event: str = Field(primary_key=True, foreign_key="event.id")
    number: int = Field(primary_key=True)
    at_ms: int = Field(sa_column=_time())
    kind: str
    payload: str = Field(sa_column=_text())
    hash: str


class BallotRow(SQLModel, table=True):
    """One voter's ballot in one round; `choice` is a finalist, or JSON of finalist → stars."""

    __tablename__ = "ballot"
    event: str = Field(primary_key=True, foreign_key="event.id")
    round: str = Field(primary_key=True)
    voter: str = Field(primary_key=True)
    choice: str
    at_ms: int = Field(sa_column=_time())


class CardRow(SQLModel, table=True):
    """One expert's marks for one finalist's entry; `marks` is JSON of criterion → fraction."""

    __tablename__ = "scorecard"
    event: str = Field(primary_key=True, foreign_key="event.id")
    round: str = Field(primary_key=True)
    expert: str = Field(primary_key=True)
    finalist: str = Field(primary_key=True)
    marks: str = Field(sa_column=_text())
    note: str = Field(sa_column=_text())
    at_ms: int = Field(sa_column=_time())


class SentRow(SQLModel, table=True):
    """Whether an expert has sent the scorecard of a round; only sent ones count."""

    __tablename__ = "scorecard_sent"
    event: str = Field(primary_key=True, foreign_key="event.id")
    round: str = Field(primary_key=True)
    expert: str = Field(primary_key=True)
    sent: bool
    at_ms: int = Field(sa_column=_time())


class DraftRow(SQLModel, table=True):
    """A finalist's unsent prompt and settings in a round, as JSON."""

    __tablename__ = "draft"
    event: str = Field(primary_key=True, foreign_key="event.id")
    round: str = Field(primary_key=True)
    finalist: str = Field(primary_key=True)
    draft: str = Field(sa_column=_text())
    at_ms: int = Field(sa_column=_time())


class ShelfRow(SQLModel, table=True):
    """A finalist's own prompts, written before the show, as a JSON list."""

    __tablename__ = "shelf"
    event: str = Field(primary_key=True, foreign_key="event.id")
    finalist: str = Field(primary_key=True)
    prompts: str = Field(sa_column=_text())
    at_ms: int = Field(sa_column=_time())


class LinkRow(SQLModel, table=True):
    """The generation of somebody's signed link: a fresh link raises it, and older ones stop working."""

    __tablename__ = "link"
    event: str = Field(primary_key=True, foreign_key="event.id")
    role: str = Field(primary_key=True)
    who: str = Field(primary_key=True)
    generation: int
    at_ms: int = Field(sa_column=_time())


class SeatRow(SQLModel, table=True):
    """A printed one-time seat code and the phone that redeemed it."""

    __tablename__ = "seat"
    event: str = Field(primary_key=True, foreign_key="event.id")
    code: str = Field(primary_key=True)
    phone: str | None = None
    at_ms: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))


class JudgeRequestRow(SQLModel, table=True):
    """One request to an LLM judge and its reply, word for word. `shown`: JSON list of the finalists, in their order."""

    __tablename__ = "judge_request"
    id: int | None = Field(default=None, primary_key=True)
    event: str = Field(foreign_key="event.id", index=True)
    round: str
    judge: str
    rejudging: bool
    request: str = Field(sa_column=_text())
    reply: str = Field(sa_column=_text())
    sha256: str
    shown: str = Field(default="[]", sa_column=Column(Text, nullable=False, server_default="[]"))
    ms: float = Field(default=0.0, sa_column=Column(Float, nullable=False, server_default="0"))
    error: str = Field(default="", sa_column=Column(Text, nullable=False, server_default=""))
    at_ms: int = Field(sa_column=_time())


class ProbeRow(SQLModel, table=True):
    """What an adapter answered to the probe on an engine, as recorded when it was handed in. Of no one event."""

    __tablename__ = "probe"
    engine: str = Field(primary_key=True)
    adapter: str = Field(primary_key=True)
    text_sha256: str
    at_ms: int = Field(sa_column=_time())
