"""Listening: the port is taken first, so that a port in use is one sentence and nothing has been started for it."""

import errno
import logging
import socket
import sys
from contextlib import suppress

import structlog
import uvicorn

from server.domain.errors import Refused
from server.settings import Settings

BACKLOG = 2048
GOODBYE_SECONDS = 2
WS_BYTES = 64 * 1024


def listen(settings: Settings) -> tuple[socket.socket, Settings]:
    """A listening socket, and the settings with the port that it got. Raises Refused when the port is in use."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    taken = socket.socket(family, socket.SOCK_STREAM)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind((settings.host, settings.port))
        taken.listen(BACKLOG)
    except (OSError, OverflowError) as error:
        taken.close()
        raise Refused(_why(settings, error)) from error
    return taken, settings.model_copy(update={"port": taken.getsockname()[1]})


def _why(settings: Settings, error: Exception) -> str:
    if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
        return (
            f"Port {settings.port} is in use, perhaps by an arena that is still running. "
            "Stop it, or choose another with --port (0 takes any free one)."
        )
    if isinstance(error, OSError) and error.errno == errno.EACCES:
        return f"Port {settings.port} needs more rights. Choose one above 1023 with --port."
    return f"{settings.host}:{settings.port} cannot be listened on: {error}. Choose another --host."


def run(settings: Settings, taken: socket.socket) -> None:
    """Serve until Ctrl+C."""
    from server.app import create_app

    _log(settings)
    config = uvicorn.Config(
        create_app(settings),
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        ws_max_size=WS_BYTES,
        log_level="warning",
        access_log=False,  # addresses of links carry tokens
        server_header=False,
        timeout_graceful_shutdown=GOODBYE_SECONDS,
        forwarded_allow_ips="127.0.0.1",
    )
    with suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[taken])


def _log(settings: Settings) -> None:
    drawn = structlog.processors.JSONRenderer() if settings.log_json else structlog.dev.ConsoleRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            drawn,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
