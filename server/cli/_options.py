"""Options that several commands share, and the settings they make together with the environment."""

from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from server.domain.errors import Refused
from server.settings import Settings

Database = Annotated[
    str | None, typer.Option(help="Database address, such as sqlite:///var/finale.db.", show_default=False)
]
EventId = Annotated[str, typer.Argument(help="The event's id; `finale event list` shows them.", show_default=False)]
EventOption = Annotated[
    str | None, typer.Option("--event", help="The event to run; the newest one if left out.", show_default=False)
]
Host = Annotated[str | None, typer.Option(help="Address to listen on; 0.0.0.0 lets the hall's phones in.")]
Port = Annotated[int | None, typer.Option(help="Port to listen on; 0 takes any free one.", show_default="8000")]
Engine = Annotated[
    str | None, typer.Option(help="What runs the finalists' models: local, vllm, or openai for any server.")
]
Base = Annotated[
    str | None, typer.Option(help="Base model: a folder, or a name in the model cache.", show_default="the catalogue's")
]
PublicUrl = Annotated[
    str | None, typer.Option(help="The address that phones use, e.g. https://finale.example.", show_default=False)
]
Server = Annotated[str | None, typer.Option(help="Address of a running server.", show_default=False)]
Token = Annotated[
    str | None, typer.Option(help="Organiser's token: the end of the organiser's link.", show_default=False)
]
Force = Annotated[bool, typer.Option("--force", help="Overwrite what is there.")]
OutFile = Annotated[Path | None, typer.Option("--out", "-o", help="File to write; - for the screen.")]


def settings_of(**given: Any) -> Settings:
    """The settings from the environment, with what was given on the command line on top. Raises Refused."""
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        problem = error.errors()[0]
        name = ".".join(str(step) for step in problem["loc"])
        raise Refused(f"The setting {name} (FINALE_{name.upper()}) is wrong: {problem['msg']}.") from error
