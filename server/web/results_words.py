"""Words of the results' files and checks, for people who have never seen either."""

TABLES = {
    "standings": "The final places with their sums",
    "scores": "Every score of every round",
    "scorecards": "The experts’ marks",
    "verdicts": "The LLM judges’ marks and reasons",
    "attempts": "Every attempt with its prompt and settings",
}

CHECKS = {
    "exact checks": (
        "What code counted can be counted again",
        "Every exact check was done again on the answers, and the judges’ marks follow from it.",
    ),
    "judge requests": (
        "What the LLM judges were asked is complete",
        "Each request and reply was hashed again; the journal names exactly these.",
    ),
    "format": ("The file is what it says it is", "Its format is one that this program can recompute."),
    "marks can be read": (
        "Every mark can be read",
        "Each lies on the scale and belongs to somebody who took part.",
    ),
    "rounds": (
        "Every score follows from its marks",
        "Each part and score of each round was computed again, exactly.",
    ),
    "standings": ("The places follow from the scores", "Totals, ranks and the rules for ties were applied again."),
    "journal chain": (
        "The journal is unbroken",
        "Each entry’s hash covers the one before: none was changed or taken out.",
    ),
    "journal story": ("The journal tells the same story", "Replaying it from the first entry gives this very file."),
}
