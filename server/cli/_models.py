"""The models of this machine, from the command line."""

from server.domain.errors import ArenaError, Refused
from server.engines import Models, build_models
from server.settings import Settings


def models_of(settings: Settings) -> Models:
    """Engines and judges as the settings say, not started. Raises Refused with what to do."""
    try:
        return build_models(settings)
    except ArenaError:
        raise
    except Exception as error:  # the models speak in sentences of their own; here they only pass through
        raise Refused(str(error)) from error
