"""`finale train submit` and `finale train jobs`: the same run, as a job on a Ray cluster."""

import asyncio
import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from typer.core import TyperGroup

app = typer.Typer(no_args_is_help=True, help="Jobs on a Ray cluster: list, look, read, stop.")
FAILED = 1
PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True}
_console = Console(highlight=False, soft_wrap=True)

Address = Annotated[
    str, typer.Option(help="The dashboard of the cluster.", envvar="RAY_API_SERVER_ADDRESS", show_envvar=True)
]
DEFAULT_ADDRESS = "http://127.0.0.1:8265"
JobId = Annotated[str, typer.Argument(help="A job's id.", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]


def submit(
    context: typer.Context,
    address: Address = DEFAULT_ADDRESS,
    gpus: Annotated[int, typer.Option(min=0, help="GPUs on one machine; a process trains on each.")] = 0,
    cpus: Annotated[int, typer.Option(min=1, help="CPU cores that the job takes.")] = 1,
    processes: Annotated[
        int | None, typer.Option(min=1, help="Processes that train together.", show_default="one for each GPU")
    ] = None,
    working_dir: Annotated[Path, typer.Option(help="The folder that travels; the job runs in a copy.")] = Path(),
    requirements: Annotated[
        Path | None, typer.Option(help="A pip file that the cluster installs first.", show_default=False)
    ] = None,
    env: Annotated[list[str] | None, typer.Option(help="NAME=VALUE; once for each.", show_default=False)] = None,
    python: Annotated[str, typer.Option(help="The Python that runs there.")] = "python",
    follow: Annotated[bool, typer.Option("--follow", help="Show what it prints until it ends.")] = False,
) -> None:
    """Run `finale train run …` on a Ray cluster: all other words are passed on to it as they are.

    `finale train submit --gpus 2 rows.jsonl --base /shared/base --out /shared/runs/mine`. Files with a relative path
    travel with the working folder (what .gitignore names does not); --out must be a path that the machines share.
    """
    from training.cluster.jobs import Cluster
    from training.cluster.order import Order, check, environment_of

    order = Order(
        words=tuple(context.args),
        working_dir=working_dir,
        gpus=gpus,
        cpus=cpus,
        processes=processes or max(1, gpus),
        requirements=requirements,
        environment=environment_of(env or ()),
        python=python,
    )
    check(order, _understood(context))
    cluster = Cluster(address)
    job = cluster.submit(order)
    _console.print(f"[green]✓[/] Job {escape(job)} is sent to {escape(address)}.")
    if follow:
        _follow(address, job)
    else:
        _console.print(f"[dim]Watch it: finale train jobs logs {escape(job)} --follow[/]")


@app.command("list")
def list_(address: Address = DEFAULT_ADDRESS, as_json: AsJson = False) -> None:
    """Every job of the cluster, the newest first."""
    from training.cluster.jobs import Cluster

    found = Cluster(address).jobs()
    if as_json:
        typer.echo(json.dumps([asdict(job) for job in found], indent=2))
        return
    if not found:
        _console.print("There are no jobs yet.")
        return
    table = Table("job", "status", "started", "command", box=None, pad_edge=False, header_style="bold")
    table.columns[0].min_width = max(len(job.id) for job in found)  # an id is there to be copied
    for job in found:
        table.add_row(job.id, job.status, job.started_at, escape(job.entrypoint.partition(" train run ")[2]))
    _console.print(table)


@app.command()
def status(job: JobId, address: Address = DEFAULT_ADDRESS, as_json: AsJson = False) -> None:
    """How a job stands. Exit code 1 if it failed."""
    from training.cluster.jobs import Cluster

    found = Cluster(address).job(job)
    if as_json:
        typer.echo(json.dumps(asdict(found), indent=2))
    else:
        since = f", started {found.started_at}" if found.started_at else ""
        until = f", ended {found.ended_at}" if found.ended_at else ""
        _console.print(f"{escape(found.id)}: {found.status}{since}{until}. {escape(found.message)}")
    if found.status == "failed":
        raise typer.Exit(FAILED)


@app.command()
def logs(
    job: JobId,
    address: Address = DEFAULT_ADDRESS,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on until the job ends.")] = False,
) -> None:
    """What a job has printed."""
    from training.cluster.jobs import Cluster

    if follow:
        _follow(address, job)
    else:
        typer.echo(Cluster(address).logs(job), nl=False)


@app.command()
def stop(job: JobId, address: Address = DEFAULT_ADDRESS) -> None:
    """Interrupt a job as Ctrl+C would: it saves, and `--resume` goes on from there."""
    from training.cluster.jobs import Cluster

    was_running = Cluster(address).stop(job)
    _console.print(f"{escape(job)} {'is asked to save and to end' if was_running else 'was over already'}.")


def _follow(address: str, job: str) -> None:
    from training.cluster.jobs import Cluster

    cluster = Cluster(address)

    async def read() -> None:
        async for text in cluster.follow(job):
            typer.echo(text, nl=False)

    asyncio.run(read())
    ended = cluster.job(job)
    _console.print(f"{escape(job)}: {ended.status}. {escape(ended.message)}")
    if ended.status != "succeeded":
        raise typer.Exit(FAILED)


def _understood(context: typer.Context) -> dict[str, object]:
    """What `finale train run` makes of the words, so that a slip is told here and not on the cluster."""
    assert context.parent is not None
    group = context.parent.command
    assert isinstance(group, TyperGroup)
    run = group.get_command(context, "run")
    assert run is not None
    return run.make_context("run", list(context.args), parent=context.parent).params
