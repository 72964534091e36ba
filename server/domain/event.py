"""What one Grand Finale is made of before it starts: people, questions, rules, judges."""

from dataclasses import dataclass, field

from server.domain.rules import Rules

LETTERS = "ABCDEFGH"
SHAPES = ("circle", "triangle", "square", "diamond", "star", "hexagon", "cross", "heart")


@dataclass(frozen=True, slots=True)
class Finalist:
    """A contestant with one adapter; the place in `Event.finalists` is the lane."""

    id: str
    name: str
    adapter: str = ""
    adapter_sha256: str = ""


@dataclass(frozen=True, slots=True)
class Expert:
    """A member of the panel."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Question:
    """One round's question; `seconds` None means the event's round length."""

    text: str
    theme: str = ""
    multiplier: int = 1
    seconds: int | None = None
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class JudgeSeat:
    """One LLM judge as frozen with the event."""

    name: str
    label: str
    prompt_sha256: str = ""
    demo: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """One Grand Finale, or a rehearsal of one."""

    id: str
    name: str
    seed: str
    rehearsal: bool = False
    finalists: tuple[Finalist, ...] = ()
    experts: tuple[Expert, ...] = ()
    questions: tuple[Question, ...] = ()
    judges: tuple[JudgeSeat, ...] = ()
    rules: Rules = field(default_factory=Rules)

    @property
    def finalist_ids(self) -> tuple[str, ...]:
        """Finalist ids in lane order."""
        return tuple(finalist.id for finalist in self.finalists)

    def lane(self, finalist: str) -> int:
        """The lane (0 = A) of a finalist. Raises ValueError if the event has no such finalist."""
        return self.finalist_ids.index(finalist)
