"""Whether a reply may become a row: whole, in the right language and length, an answer, and no copy."""

import re
from dataclasses import dataclass

import numpy as np

from training.data.languages import Identify, identify
from training.data.shingles import jaccard, runs, shingles, words
from training.synthetic.prompts import Kind, prompt_of
from training.synthetic.replies import Draft, Reason, ReplyRefused, read
from training.synthetic.tasks import Task, told

COPY_SIMILARITY = 0.9
COPY_RUN_WORDS = 8
COPY_SHARE = 0.8  # of a response's runs of eight words
LEAST_SURE = 0.3  # below it nothing is said about a language
ALIKE = {"id": "ms", "ms": "ms"}  # languages that cannot be told apart by a short text
_REFUSAL = re.compile(
    r"\A\W*(?:(?:i['’]?m|i am) (?:very |so )?(?:sorry|afraid)\b|sorry,|i apologi[sz]e\b|as an ai\b"
    r"|(?:i|we) (?:can(?:no|['’])t|am unable to|are unable to|will not|won['’]t) "
    r"(?:help|assist|comply|answer|provide|fulfil|write|generate|do that|create|continue)"
    r"|作为(?:一个|一名)?(?:ai|人工智能)|(?:很)?抱歉|对不起|我无法|我不能)",
    re.IGNORECASE,
)
_UNKEEPABLE = re.compile("[\ud800-\udfff\0]")
_TALK = re.compile(
    r"\A\W*(?:(?:sure|certainly|of course|absolutely)\b[^\n]{0,120}[:!]\s*\n"
    r"|here(?: is|['’]s| are)\b[^\n]{0,120}\b(?:response|answer|example|version|improved)\b[^\n]{0,60}:?\s*\n)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Rules:
    """How long a response may be, in words; the language is the task's."""

    least_words: int = 5
    most_words: int = 400


def accepted(task: Task, text: str, finish: str, rules: Rules, identified: Identify = identify) -> Draft:
    """The draft of a reply that may become a row. `finish` is "stop" or "length". Raises ReplyRefused."""
    if finish != "stop":
        raise ReplyRefused(Reason.CUT, "the reply was cut off at the most tokens allowed")
    draft = read(task, text)
    for name, part in (("instruction", draft.instruction), ("response", draft.response)):
        if not part and not (name == "instruction" and task.kind is Kind.REFINE):
            raise ReplyRefused(Reason.EMPTY, f"the {name} is empty")
    if _UNKEEPABLE.search(f"{draft.instruction}{draft.context}{draft.response}"):
        raise ReplyRefused(Reason.FORM, "it holds half a character or a NUL, which no file can keep")
    if found := _REFUSAL.match(draft.response):
        raise ReplyRefused(Reason.REFUSAL, f"the response begins with {found[0].strip()!r}")
    if found := _TALK.match(draft.response):
        raise ReplyRefused(Reason.TALK, f"the response begins with {found[0].strip()!r}")
    _check_length(draft, rules)
    _check_language(task, draft, identified)
    _check_copy(task, draft)
    return draft


def _check_length(draft: Draft, rules: Rules) -> None:
    count = len(words(draft.response))
    if count < rules.least_words:
        raise ReplyRefused(Reason.SHORT, f"{count:,} words, at least {rules.least_words:,} are wanted")
    if count > rules.most_words:
        raise ReplyRefused(Reason.LONG, f"{count:,} words, at most {rules.most_words:,} are wanted")


def _check_language(task: Task, draft: Draft, identified: Identify) -> None:
    """A refined response stays in the language of the original, where that is clear."""
    wanted, sure = (task.language, 1.0) if task.original is None else identified(task.original.response)
    found, how_sure = identified(draft.response)
    if min(sure, how_sure) >= LEAST_SURE and ALIKE.get(found, found) != ALIKE.get(wanted, wanted):
        raise ReplyRefused(Reason.LANGUAGE, f"in {found} ({how_sure:.0%} sure), not in {wanted}")


def _check_copy(task: Task, draft: Draft) -> None:
    asked = draft.instruction or (told(task.original) if task.original else "")
    response = shingles(draft.response)
    if jaccard(response, shingles(asked)) >= COPY_SIMILARITY:
        raise ReplyRefused(Reason.COPY, "the response repeats the instruction")
    own = runs(words(draft.response), COPY_RUN_WORDS)
    if not len(own):
        return
    prompt = prompt_of(task.kind, task.form)
    # A refined response may go on quoting its own row, but not our words around it.
    given = f"{prompt.system}\n{prompt.user}" if task.original else f"{task.system}\n{task.user}"
    share = float(np.isin(own, runs(words(given), COPY_RUN_WORDS)).mean())
    if share >= COPY_SHARE:
        raise ReplyRefused(Reason.COPY, f"{share:.0%} of the response is copied from the prompt")
