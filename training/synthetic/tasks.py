"""What is to be asked: one task for each row that is wanted. The same subjects and wishes make the same tasks."""

from collections.abc import Sequence
from dataclasses import dataclass

from training.data.rows import Role, Source, TrainingRow
from training.synthetic.errors import SynthesisRefused
from training.synthetic.prompts import LANGUAGES, STYLES, Form, Kind, prompt_of
from training.synthetic.subjects import Subject


@dataclass(frozen=True, slots=True)
class Wishes:
    """What rows should be like. `language` is an ISO 639-1 code; styles take turns over the rows of a subject."""

    form: Form = Form.SECTIONS
    language: str = "en"
    styles: tuple[str, ...] = STYLES
    per_subject: int = 1
    most_words: int = 300


@dataclass(frozen=True, slots=True)
class Task:
    """One row to be written or refined. `instruction` and `context` are empty where the model is to write them."""

    kind: Kind
    form: Form
    system: str
    user: str
    prompt_sha256: str
    language: str  # empty for a refined row: its own language stays
    source: Source
    style: str = ""
    number: int = 1
    instruction: str = ""
    original: TrainingRow | None = None

    @property
    def label(self) -> str:
        """The task in a few words."""
        return f"{self.source.file}, line {self.source.line}" + (f", example {self.number}" if self.number > 1 else "")


def tasks_on(subjects: Sequence[Subject], kind: Kind, wishes: Wishes) -> list[Task]:
    """`per_subject` tasks for each topic or passage. Raises SynthesisRefused for wishes that make no sense."""
    if wishes.per_subject < 1 or wishes.most_words < 1 or not wishes.styles:
        raise SynthesisRefused("Ask for 1 example or more on each subject, of 1 word or more, in 1 style or more.")
    return [_task(subject, kind, wishes, number) for subject in subjects for number in range(1, wishes.per_subject + 1)]


def tasks_to_refine(rows: Sequence[TrainingRow], form: Form, most_words: int) -> list[Task]:
    """One task for each row."""
    prompt = prompt_of(Kind.REFINE, form)
    tasks = []
    for row in rows:
        places = {"subject": told(row), "response": row.response, "most_words": str(most_words)}
        system, user = prompt.filled(places)
        tasks.append(Task(Kind.REFINE, form, system, user, prompt.sha256, "", row.source, original=row))
    return tasks


def told(row: TrainingRow) -> str:
    """Everything that is said before the response, as a reader sees it."""
    names = {Role.SYSTEM: "System", Role.USER: "User", Role.ASSISTANT: "Assistant"}
    return "\n\n".join(f"{names[message.role]}: {message.content}" for message in row.messages[:-1])


def _task(subject: Subject, kind: Kind, wishes: Wishes, number: int) -> Task:
    prompt = prompt_of(kind, wishes.form)
    style = wishes.styles[(number - 1) % len(wishes.styles)]
    places = {"subject": subject.text, "style": style, "language": LANGUAGES.get(wishes.language, wishes.language)}
    places |= {"most_words": str(wishes.most_words), "number": str(number)}
    system, user = prompt.filled(places)
    instruction = subject.text if wishes.form is Form.PLAIN else ""
    language = wishes.language
    return Task(kind, wishes.form, system, user, prompt.sha256, language, subject.source, style, number, instruction)
