"""An event to be changed in an editor: the same as TOML with a word on everything, and as a value for JSON."""

from fractions import Fraction

from server.demo import QUESTIONS
from server.domain.event import Event, Expert, Finalist, Question
from server.domain.exact_checks import CheckKind, ExactCheck
from server.domain.rules import Criterion

TEMPLATE = Event(
    id="finale-2026",
    name="Grand Finale 2026",
    seed="a text that is published before the show",
    finalists=(Finalist("mei-ling", "Mei Ling", "mei-ling"), Finalist("arjun", "Arjun", "arjun")),
    experts=(Expert("lim-siew-hoon", "Dr Lim Siew Hoon"),),
    questions=(
        QUESTIONS[0],
        Question(
            "How many times does the letter r stand in “strawberry rojak”? Say it so that the hall smiles.",
            "Counting letters",
            reference="Four: three in strawberry, one in rojak.",
            facts=("Rojak is a salad of fruit and vegetables.",),
            criteria=(
                Criterion("accuracy", "Accuracy", Fraction(2), "The number is right."),
                Criterion("humour", "Humour", Fraction(1), "It makes the hall smile, and is kind."),
            ),
            checks=(ExactCheck(CheckKind.COUNT_LETTER, letter="r", text="strawberry rojak"),),
        ),
        QUESTIONS[-1],
    ),
)

TOML = """\
# An event of the Grand Finale. What is left out has a default. `finale event new THIS-FILE` makes it.

id = "finale-2026"                  # small letters, digits, hyphens
name = "Grand Finale 2026"          # what the stage calls it
seed = "a text that is published before the show"
rehearsal = false

[[finalists]]                       # in lane order, A to H
id = "mei-ling"
name = "Mei Ling"
adapter = "mei-ling"                # its id in the catalogue

[[finalists]]
id = "arjun"
name = "Arjun"
adapter = "arjun"

[[experts]]
id = "lim-siew-hoon"
name = "Dr Lim Siew Hoon"

# --- questions, in the order they are played ----------------------------------------------------

[[questions]]
text = "What was the kampong spirit, and where would you look for it today?"
theme = "The kampong spirit, then and now"

[[questions]]
text = "How many times does the letter r stand in “strawberry rojak”? Say it so that the hall smiles."
theme = "Counting letters"
# For the LLM judges alone; published with the results:
reference = "Four: three in strawberry, one in rojak."
facts = ["Rojak is a salad of fruit and vegetables."]
# The share of checks in each LLM judge's mark, from 0 to 1. With 1 no LLM is asked about this question.
checks_share = "1/2"

# Criteria of this question alone, for experts and LLM judges; without any, those of [rules.scoring] count.
[[questions.criteria]]
key = "accuracy"
label = "Accuracy"
meaning = "The number is right."
weight = 2

[[questions.criteria]]
key = "humour"
label = "Humour"
meaning = "It makes the hall smile, and is kind."

# What code can count, no LLM should judge. The kinds:
#   count_letter (letter, text)       says_number (number)             both with which = "last" or "only"
#   contains_all, contains_any, contains_none (words)                  word_count (at_least, at_most)
#   acronym (word; left out: the finalist's own)                       begins_with (words)
#   is_one_of (answers)                                                matches (pattern)
[[questions.checks]]
kind = "count_letter"
letter = "r"
text = "strawberry rojak"

[[questions]]
text = "Invent an acronym that captures Singapore culture, and say what each letter stands for."
theme = "Bonus: an acronym"
multiplier = 2
checks_share = "1/4"

[[questions.checks]]
kind = "acronym"

# --- rules --------------------------------------------------------------------------------------

[rules]
round_seconds = 60
voting_seconds = 45
judge_seconds = 60                  # until an LLM judge that has not answered counts as abstaining
blind = true                        # experts and audience judge without names

[rules.scoring]
audience_quorum = 30
weights = { llm = "2/5", experts = "2/5", audience = "1/5" }
"""
