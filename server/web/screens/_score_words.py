"""What the expert's tablet says in each phase."""

from server.domain.state import Phase

STATUS = {
    Phase.BRIEFING: "The finalists read the question.",
    Phase.PROMPTING: "The finalists are writing.",
    Phase.SETTLING: "The bell has rung. The last answers are being finished.",
    Phase.JUDGING: "Mark every entry, then send.",
    Phase.SEALED: "Marking is closed.",
    Phase.REVEALED: "The round is revealed.",
    Phase.VOIDED: "This round does not count.",
}
CLOSED = "Marking is closed. The votes are being counted."
COUNTED = "Closed. Your scorecard counts. Look up: the reveal comes next."
NOT_COUNTED = "Closed. Your scorecard was not sent, so the panel's mark is made without it."

# phase → title, words, what comes next
LOBBY = {
    "upcoming": ("You are on the panel", "Nothing to do yet.", "The first question appears here when the round opens."),
    "briefing": ("Read the question", "You mark the answers afterwards.", "Entries appear here by themselves."),
    "prompting": ("The finalists are writing", "Watch the stage.", "Their answers come here when the bell has rung."),
    "settling": ("The bell has rung", "The last answers are being finished.", "They appear here in a few seconds."),
    "voided": ("This round does not count", "Marks given in it are set aside.", "The next question appears here."),
    "finished": ("The show is over", "Thank you for judging.", "Every mark is in the results."),
}
