"""From a request on the wire to a job for the scheduler: tokenize, check lengths, resolve the adapter.

Runs on the worker's reading thread, so that a long prompt is tokenized beside the forward passes, not
between them.
"""

from typing import Any

from models import chat
from models.local.hosting import Hosted
from models.local.sampling import Sampler
from models.local.scheduler import Answer, Job, Scoring
from models.local.text import Detokenizer
from models.protocol import EngineError, PromptTooLong

ANSWER_ROOM_TOKENS = 64
"""A prompt is refused when it leaves less than this for the answer (or than the answer's own limit, if
smaller)."""


def job_of(hosted: Hosted, request: dict[str, Any]) -> Job:
    """The job that a "stream" or "score" request asks for. Raises EngineError."""
    return _answer(hosted, request) if request["op"] == "stream" else _scoring(hosted, request)


def prompt_tokens(hosted: Hosted, request: dict[str, Any]) -> int:
    """How many tokens the request's prompt has."""
    return len(_prompt(hosted, request))


def refusal(request: dict[str, Any], error: EngineError) -> dict[str, Any]:
    """The reply that makes the engine raise `error` again on its side."""
    reply: dict[str, Any] = {"id": request["id"], "error": type(error).__name__, "message": str(error)}
    if isinstance(error, PromptTooLong):
        reply |= {"tokens": error.tokens, "fits": error.fits}
    return reply


def _answer(hosted: Hosted, request: dict[str, Any]) -> Answer:
    adapter = hosted.adapter_number(request["adapter"])
    prompt = _prompt(hosted, request)
    wanted = int(request["max_tokens"])
    _check_room(hosted, prompt, min(wanted, ANSWER_ROOM_TOKENS))
    return Answer(
        request["id"],
        adapter,
        prompt,
        sampler=Sampler(float(request["temperature"]), float(request["top_p"]), int(request["seed"])),
        detokenizer=Detokenizer(hosted.tokenizer),
        limit=min(wanted, hosted.cache.context - len(prompt)),
    )


def _scoring(hosted: Hosted, request: dict[str, Any]) -> Scoring:
    adapter = hosted.adapter_number(request["adapter"])
    prompt = _prompt(hosted, request)
    _check_room(hosted, prompt, 0)
    choices = [_first_token(hosted, choice) for choice in request["choices"]]
    if len(set(choices)) < len(choices):
        raise EngineError(
            "Two of the choices begin with the same token; choose texts that this tokenizer tells apart at once."
        )
    return Scoring(request["id"], adapter, prompt, choices=choices)


def _prompt(hosted: Hosted, request: dict[str, Any]) -> list[int]:
    return chat.encode(hosted.tokenizer, request["system"], request["question"], request.get("prefix", ""))


def _check_room(hosted: Hosted, prompt: list[int], room: int) -> None:
    fits = hosted.cache.context - room
    if len(prompt) > fits:
        raise PromptTooLong(len(prompt), fits)


def _first_token(hosted: Hosted, choice: str) -> int:
    ids = hosted.tokenizer(choice, add_special_tokens=False)["input_ids"]
    if not ids:
        raise EngineError("A choice must not be empty.")
    return int(ids[0])
