"""What an OpenAI-compatible address refuses, and how: from an HTTP status and its words to one of our errors.

Whether the address is asked again, or another one, is the business of who asked.
"""

import json
import re

from models.protocol import EngineError, EngineUnavailable, PromptTooLong

_EXCERPT_CHARACTERS = 300
_NUMBER = r"(\d[\d,]*)"
_TOO_LONG = re.compile(
    r"maximum context length|context_length_exceeded|longer than the maximum model length", re.IGNORECASE
)
_CONTEXT = re.compile(rf"maximum (?:context|model) length (?:is|of) {_NUMBER}", re.IGNORECASE)
_GIVEN = re.compile(
    rf"{_NUMBER} (?:input|prompt) tokens|prompt contains (?:at least )?{_NUMBER}|{_NUMBER} in the (?:messages|prompt)"
    rf"|resulted in {_NUMBER}",
    re.IGNORECASE,
)
_UNCOUNTED = re.compile(r"contains \d[\d,]* characters", re.IGNORECASE)
"""vLLM does not count the tokens of a prompt that is too long by its letters alone."""
_WANTED = re.compile(rf"{_NUMBER} (?:output|completion) tokens|{_NUMBER} in the completion", re.IGNORECASE)


class AddressBusy(EngineUnavailable):
    """The address answered 429 or 5xx: the same request may succeed later."""


class AddressWrong(EngineError):
    """This address will not do, whatever it is asked: another one may."""


class KeyRefused(AddressWrong):
    """The address takes no such key."""


class ModelMissing(AddressWrong):
    """The address does not serve the model, or nothing under the path."""


class PromptUncounted(EngineError):
    """The prompt is too long, and the address does not say by how much."""

    blames_request = True


def refusal(url: str, status: int, said: str, *, key_place: str, moved_to: str = "") -> EngineError:
    """The error for a reply of `status`; `said` are its words, `key_place` says where the key is set."""
    if status in (401, 403):
        return KeyRefused(f"{url} refuses the key (HTTP {status}); set the right one in the environment ({key_place}).")
    if status == 404:
        return ModelMissing(
            f"{url} does not know this model or path (HTTP 404: {said}); check the model's name and the address."
        )
    if status == 429 or status >= 500:
        return AddressBusy(f"{url} is overloaded or failing (HTTP {status}: {said}); wait, or use the spare engine.")
    if 300 <= status < 400:
        where = f" to {moved_to}" if moved_to else ""
        return AddressWrong(f"{url} redirects{where} (HTTP {status}); give the address that it redirects to.")
    if status in (400, 413, 422) and is_too_long(said):
        return prompt_too_long(said)
    return EngineError(f"{url} refused the request (HTTP {status}: {said}); check the engine's settings.")


def excerpt(reply: bytes) -> str:
    """A reply's own error message, whole: it may repeat a key, which must be taken out before it is shortened."""
    try:
        body = json.loads(reply)
        error = body.get("error", body)
        text = str(error.get("message", error)) if isinstance(error, dict) else str(error)
    except (ValueError, AttributeError, RecursionError):
        text = reply.decode(errors="replace")
    return text


def shortened(text: str) -> str:
    """Words from elsewhere on one line, short, and without the full stop that would end our sentence."""
    return " ".join(text.split())[:_EXCERPT_CHARACTERS].rstrip(" .")


def is_too_long(said: str) -> bool:
    """Whether the words of a refusal are about the length of the prompt."""
    return bool(_TOO_LONG.search(said))


def prompt_too_long(said: str) -> EngineError:
    """The error for words that name the context and, in one of several ways, the prompt and the answer asked for."""
    context = _found(_CONTEXT, said)
    if context is None:
        return PromptUncounted(
            f"The prompt is too long for the engine ({said}); shorten the system prompt or the question."
        )
    if _UNCOUNTED.search(said):
        return PromptUncounted(
            f"The prompt is much longer than the {context:,} tokens that fit; shorten the system prompt or the "
            "question."
        )
    largest = max(_as_int(number) for number in re.findall(_NUMBER, said))
    wanted = _found(_WANTED, said) or 0
    return PromptTooLong(_found(_GIVEN, said) or largest, max(0, context - wanted))


def _found(pattern: re.Pattern[str], said: str) -> int | None:
    match = pattern.search(said)
    return _as_int(next(filter(None, match.groups()))) if match else None


def _as_int(number: str) -> int:
    return int(number.replace(",", ""))
