"""The HTTP API, `/api/v1`: whatever an organiser can click, and the journal as it is written.

Every part has a file of its own, `api_<part>.py`; what they share is in `_api.py`.
"""

from fastapi import APIRouter

from server.web import api_acts, api_adapters, api_event, api_feed, api_people, api_readiness, api_results, api_state

router = APIRouter(prefix="/api/v1")
for part in (api_state, api_acts, api_event, api_people, api_adapters, api_readiness, api_results, api_feed):
    router.include_router(part.router)
