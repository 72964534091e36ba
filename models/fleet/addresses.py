"""From what an organiser writes to a fleet: addresses and the names of their keys' variables, separated by commas."""

from collections.abc import Collection

from models.fleet.engine import HURRY_S, Fleet
from models.openai import PLAIN_NAME, OpenAIEngine, name_of
from models.openai_address import Address
from models.protocol import EngineError


def fleet_at(
    urls: str,
    key_variables: str,
    adapters: Collection[str],
    *,
    name_there: str = PLAIN_NAME,
    hurry_s: float = HURRY_S,
) -> Fleet:
    """The addresses in `urls` as one engine; `name_there` says how they name each of `adapters`.

    `key_variables`: none, one variable for all addresses, or as many as there are addresses, in their order; an empty
    place is an address without a key. Raises EngineError, without showing what may be a key.
    """
    if PLAIN_NAME not in name_there:
        raise EngineError(f"How the addresses name an adapter must hold {PLAIN_NAME}, for example base:{PLAIN_NAME}.")
    places = _listed(urls)
    if not places or "" in places:
        raise EngineError("No address between two commas; give addresses such as http://127.0.0.1:8001/v1.")
    variables = _for_each(places, _listed(key_variables) or [""])
    addresses = {place: Address(place, key_variable=key or None) for place, key in zip(places, variables, strict=True)}
    if len(addresses) < len(places):
        raise EngineError("The same address is given twice; name each once.")
    models = {adapter: name_of(adapter, name_there) for adapter in adapters}
    engines = {address.url: OpenAIEngine(address, models, name_there=name_there) for address in addresses.values()}
    return Fleet(engines, adapters, hurry_s=hurry_s)


def _listed(text: str) -> list[str]:
    return [one.strip() for one in text.split(",")] if text.strip() else []


def _for_each(places: list[str], variables: list[str]) -> list[str]:
    if not all(name.isidentifier() for name in variables if name):
        raise EngineError("A key's variable has a name such as ENGINE_KEY; put the key itself into the variable.")
    if len(variables) == 1:
        return variables * len(places)
    if len(variables) != len(places):
        raise EngineError(
            f"There are {len(places)} addresses and {len(variables)} variables for their keys; name one variable for "
            "all of them, or one for each, in the same order."
        )
    return variables
