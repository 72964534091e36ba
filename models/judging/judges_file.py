"""Reading judges.toml: which models judge, where they answer, in which protocol, at what price and weight.

Only reading and checking. Who builds judges from it decides which protocols fit; a card's weight is read elsewhere.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from models.protocol import EngineError

DEFAULT_ORDERS, MAX_ORDERS = 3, 24
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


class JudgesFileRefused(EngineError):
    """judges.toml cannot be used; the message names the judge, the key and the next step."""


class JudgeKind(StrEnum):
    """How a judge is asked. A pairs judge prefers one of two answers, all others give marks.

    "pairs" takes log-probabilities where the address gives them, "pairs-written" never asks for any.
    """

    LISTWISE = "listwise"
    POINTWISE = "pointwise"
    PAIRS = "pairs"
    PAIRS_WRITTEN = "pairs-written"
    DEMO = "demo"


@dataclass(frozen=True, slots=True)
class JudgeSpec:
    """One [[judge]]. `weight` None: equal, or from `card` (a path as the file means it). Prices are per million tokens.

    `family` names the models it is kin to ("" unknown), `key_env` the environment variable with its key, `price_in`
    and `price_out` are None when the file gives no price.
    """

    name: str
    protocol: JudgeKind
    label: str = ""
    family: str = ""
    url: str = ""
    model: str = ""
    key_env: str | None = None
    orders: int = DEFAULT_ORDERS
    weight: Fraction | None = None
    card: Path | None = None
    price_in: Decimal | None = None
    price_out: Decimal | None = None


_KEYS = frozenset(JudgeSpec.__slots__)


def read_judges(file: Path) -> tuple[JudgeSpec, ...]:
    """Every [[judge]] of a judges.toml, in order. Raises JudgesFileRefused; nothing is guessed or skipped."""
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"), parse_float=Decimal)
    except (OSError, ValueError) as error:
        raise JudgesFileRefused(f"The judges' file {file} cannot be read ({error}); correct it.") from error
    tables = data.get("judge")
    if set(data) != {"judge"} or not isinstance(tables, list) or not tables:
        raise JudgesFileRefused(f"{file} must hold one [[judge]] or more, and nothing else at the top.")
    specs = tuple(_spec(table, number, file) for number, table in enumerate(tables, 1))
    names = [spec.name for spec in specs]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise JudgesFileRefused(f"{file} names {', '.join(twice)} more than once; give each judge its own name.")
    return specs


def _spec(table: Any, number: int, file: Path) -> JudgeSpec:
    name = table.get("name") if isinstance(table, dict) else None
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise JudgesFileRefused(
            f"{file}, judge {number}: expected a name of small letters, digits, dots and hyphens, got {name!r}."
        )
    try:
        return _checked(_fields(table, file.parent))
    except (ValueError, ArithmeticError) as error:
        raise JudgesFileRefused(f"{file}, judge {name}: {error}.") from error


def _fields(table: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    if unknown := sorted(set(table) - _KEYS):
        raise ValueError(f"unknown key {', '.join(unknown)}; the keys are {', '.join(sorted(_KEYS))}")
    fields: dict[str, Any] = {
        key: _text(key, table[key]) for key in ("name", "label", "family", "url", "model") if key in table
    }
    fields["key_env"] = _text("key_env", table["key_env"]) or None if "key_env" in table else None
    fields["protocol"] = _kind(table.get("protocol", JudgeKind.LISTWISE.value))
    fields["orders"] = _orders(table.get("orders", DEFAULT_ORDERS))
    fields["card"] = folder / _text("card", table["card"]) if "card" in table else None
    numbers = {key: _not_negative(key, table[key]) for key in ("weight", "price_in", "price_out") if key in table}
    weight = {"weight": Fraction(numbers.pop("weight"))} if "weight" in numbers else {}
    return fields | numbers | weight


def _checked(fields: dict[str, Any]) -> JudgeSpec:
    spec = JudgeSpec(**fields)
    if spec.protocol is not JudgeKind.DEMO:
        if not spec.model:
            raise ValueError("expected a model, the name that the address serves it under")
        if urlsplit(spec.url).scheme not in ("http", "https") or not urlsplit(spec.url).hostname:
            raise ValueError(f"expected a url such as http://127.0.0.1:8001/v1, got {spec.url!r}")
    if spec.weight is not None and spec.card is not None:
        raise ValueError("give a weight or a card that holds one, not both")
    if (spec.price_in is None) != (spec.price_out is None):
        raise ValueError("give price_in and price_out together, or neither")
    return spec


def _text(key: str, value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"expected text as {key}, got {value!r}")
    return value.strip()


def _kind(value: Any) -> JudgeKind:
    if value not in [kind.value for kind in JudgeKind]:
        raise ValueError(f"expected protocol to be one of {', '.join(JudgeKind)}, got {value!r}")
    return JudgeKind(value)


def _orders(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= MAX_ORDERS:
        raise ValueError(f"expected orders from 1 to {MAX_ORDERS}, got {value!r}")
    return value


def _not_negative(key: str, value: Any) -> Decimal:
    number = Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(number, Decimal) or not number.is_finite() or number < 0:
        raise ValueError(f"expected a number of 0 or more as {key}, got {value!r}")
    return number
