"""A run in the terminal: one line that moves while it trains, and a line that stays for whatever is worth keeping."""

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from training.hours import in_words
from training.runs.record import RunRecord, Status
from training.tuning.watching import Estimate, Plan, Sampled, Silent, Stepped, Told, Validated

_COLOURS = {"overfitting": "yellow", "note": "yellow", "resumed": "cyan"}
_SIGNS = {Status.FINISHED: "[green]✓[/]", Status.FAILED: "[red]✗[/]"}
QUIET_STEPS = 20  # between two lines where nobody watches live


class Terminal(Silent):
    """Tells a run on a terminal; into a file, a line at every validation and one every so many steps."""

    def __init__(self, console: Console) -> None:
        self._console = console
        columns = (
            TextColumn("step {task.completed}/{task.total}"),
            BarColumn(bar_width=None),
            TextColumn("{task.description}", markup=False),
        )
        self._bar = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        self._task: TaskID | None = None
        self._validation: float | None = None

    def started(self, run: RunRecord, plan: Plan) -> None:
        """What is about to be trained."""
        self._console.print(
            f"[bold]{escape(run.name)}[/]: {plan.trainable:,} numbers on {run.train.rows:,} rows "
            f"({plan.tokens_per_epoch:,} tokens, {plan.learned_per_epoch:,} of them learned), {plan.steps:,} steps on "
            f"{escape(plan.device)}"
        )
        self._task = self._bar.add_task("", total=plan.steps, completed=plan.done)
        self._bar.start()

    def estimated(self, estimate: Estimate) -> None:
        """What it will take."""
        self._console.print(estimated(estimate))

    def stepped(self, fact: Stepped) -> None:
        """Move the line."""
        seen = f"{self._validation:.3f}" if self._validation is not None else "–"
        told = (
            f"loss {fact.loss:.3f} · validation {seen} · rate {fact.learning_rate:.1e} · "
            f"{fact.tokens_per_second:,.0f} tokens/s · {fact.memory_bytes / 2**30:.1f} GiB · "
            f"{in_words(fact.seconds_left)} left"
        )
        if self._task is not None:
            self._bar.update(self._task, completed=fact.step, description=told)
        if self._bar.disable and fact.step % QUIET_STEPS == 0:
            self._console.print(f"step {fact.step}: {told}")

    def validated(self, fact: Validated) -> None:
        """A line that stays."""
        self._validation = fact.validation_loss
        best = "  [green]best so far[/]" if fact.is_best else ""
        self._console.print(
            f"step {fact.step}, epoch {fact.epoch:.2f}: validation loss {fact.validation_loss:.4f}{best}"
        )

    def sampled(self, fact: Sampled) -> None:
        """The beginning of an answer."""
        question = fact.prompt.rsplit("\n\n", 1)[-1]
        text = " ".join(fact.text.split())
        self._console.print(f"[dim]step {fact.step} · {escape(question[:60])} → {escape(text[:200])}[/]")

    def told(self, fact: Told) -> None:
        """What happened, but not every checkpoint."""
        if fact.event != "saved":
            self._console.print(f"[{_COLOURS.get(fact.event, 'dim')}]{escape(fact.message)}[/]")

    def ended(self, run: RunRecord) -> None:
        """How it ended; a failure is told by who called."""
        self.close()
        if run.status is Status.FAILED:
            return
        best = ""
        if run.best is not None:
            loss = f", validation loss {run.best.validation_loss:.4f}" if run.best.validation_loss is not None else ""
            best = f" The adapter is that of step {run.best.step}{loss}."
        sign = _SIGNS.get(run.status, "[yellow]●[/]")
        reason = f" {escape(run.reason)}" if run.reason else ""
        self._console.print(f"{sign} {run.status.value} after {in_words(run.seconds)}.{reason}{best}")

    def close(self) -> None:
        """Take the moving line away."""
        self._bar.stop()


def estimated(estimate: Estimate) -> str:
    """An estimate in a line."""
    there = estimate.seconds_available
    have = f" of {in_words(there)} that are left" if there is not None else ""
    return (
        f"It will take about {in_words(estimate.seconds)}{have} ({estimate.seconds_per_step:.2f} s a step), "
        f"{estimate.memory_bytes / 2**30:.1f} GiB of memory, {estimate.checkpoint_bytes / 2**20:.1f} MiB a checkpoint."
    )
