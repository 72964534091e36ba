"""`finale serve`."""

from server.cli import _serving
from server.cli._options import Base, Database, Engine, EventOption, Host, Port, PublicUrl, settings_of
from server.cli._store import event_of, opened


def serve(
    host: Host = None,
    port: Port = None,
    event: EventOption = None,
    database: Database = None,
    engine: Engine = None,
    base: Base = None,
    public_url: PublicUrl = None,
) -> None:
    """Run an event: pages, live sockets and API, with the models beside it.

    Pages are up at once; the models load in the background and the readiness board says when they answer. After a
    crash the same command takes the show up where it was. Stop it with Ctrl+C; nothing is lost by that either.

    For phones in a hall: --host 0.0.0.0 --public-url http://THIS-MACHINE:8000
    """
    settings = settings_of(
        host=host, port=port, event=event, database=database, engine=engine, base=base, public_url=public_url
    )
    with opened(settings) as writer:
        stored = event_of(writer, settings.event)
    taken, settings = _serving.listen(settings.model_copy(update={"event": stored.event.id}))
    print(f"{stored.event.name} at {settings.base_url}  ·  `finale links {stored.event.id}` shows everybody's links.")
    _serving.run(settings, taken)
