"""`finale openapi`."""

import json
from typing import Any

from server.cli._options import OutFile


def openapi(out: OutFile = None) -> None:
    """Print the API's OpenAPI description; needs no database and no server."""
    text = json.dumps(description(), indent=1, ensure_ascii=False)
    if out is None or str(out) == "-":
        print(text)
    else:
        out.write_text(text + "\n", encoding="utf-8")


def description() -> dict[str, Any]:
    """The OpenAPI description of `/api/v1`."""
    from fastapi import FastAPI

    from server.web import api

    app = FastAPI(title="Grand Finale arena", version="1")
    app.include_router(api.router)
    return app.openapi()
