"""The command line of `training`, mounted as `finale train`. One file per area; each keeps heavy imports inside."""

import typer

from training.cli import cluster, data, export, hours, runs, search, synthesize, try_, tune, win_rate
from training.cli._failing import Plainly

app = typer.Typer(
    cls=Plainly,
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="Make an adapter for the finale: data, fine-tuning, hours, runs, trying and handing in.",
)
app.add_typer(data.app, name="data")
app.add_typer(synthesize.app, name="synthesize")
app.command()(tune.run)
app.command()(tune.estimate)
app.command("settings")(tune.settings_)
app.add_typer(hours.app, name="hours")
app.command()(search.search)
app.add_typer(runs.app, name="runs")
app.command("try")(try_.try_)
app.command()(try_.compare)
app.command("win-rate")(win_rate.win_rate)
app.command()(export.export)
app.command()(export.play)
app.command(context_settings=cluster.PASS_ON)(cluster.submit)
app.add_typer(cluster.app, name="jobs")
