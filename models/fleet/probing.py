"""One probe of a fleet from the probes of its addresses: all are warmed, and one that answers otherwise is noticed."""

from collections.abc import Mapping, Sequence

from models.protocol import Probe


def joined(adapter: str, found: Mapping[str, Probe]) -> Probe:
    """`found` maps addresses to their probes. Good if one is; the figures are the worst of the good ones.

    Where good ones differ in their text, there is no hash: some address serves another adapter under this name, or
    runs on other hardware.
    """
    good = {place: probe for place, probe in found.items() if probe.ok}
    bad = [_placed(place, probe.message) for place, probe in found.items() if not probe.ok]
    if not good:
        return Probe(
            False, adapter, None, None, None, " ".join(bad) or "No address serves this adapter; load it there."
        )
    slowest = max(good.values(), key=lambda probe: probe.ttft_ms or 0.0)
    rate = min(probe.tokens_per_second or 0.0 for probe in good.values())
    texts = {probe.text_sha256 for probe in good.values()}
    text = texts.pop() if len(texts) == 1 else None
    return Probe(True, adapter, slowest.ttft_ms, rate, text, " ".join([slowest.message, *_unlike(good, text), *bad]))


def _placed(place: str, message: str) -> str:
    return message if message.startswith(place) else f"{place}: {message}"


def _unlike(good: Mapping[str, Probe], text: str | None) -> Sequence[str]:
    return [] if text else [f"{' and '.join(good)} answer differently: check what they serve under this name."]
