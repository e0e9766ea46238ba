"""What is known of models without asking: windows, limits and list prices."""

import re
import tomllib
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

from tamma_core.domain.record import Record
from tamma_core.domain.usage import Price, Usage

Table = Mapping[str, Any]
_DATE = re.compile(r"-\d{4}-?\d\d-?\d\d$")


class ModelFacts(Record, frozen=True, kw_only=True):
    """Describe one model; limits of 0 and a price of none are unknown."""

    context_tokens: int = 0
    output_tokens: int = 0
    temperature: bool = True
    price: Price | None = None


@cache
def read_data(name: str) -> Table:
    """Read one of the tables shipped beside this module."""
    return tomllib.loads(files("tamma_providers").joinpath("data", name).read_text("utf-8"))


@cache
def known_models(vendor: str) -> Mapping[str, ModelFacts]:
    """Read the models of a vendor, by name."""
    return {name: _facts(row) for name, row in read_data("models.toml").get(vendor, {}).items()}


def find_model(vendor: str, model: str) -> ModelFacts:
    """Look a model up; a dated name such as `NAME-20261001` is the model NAME."""
    known = known_models(vendor)
    return known.get(model) or known.get(_DATE.sub("", model)) or ModelFacts()


def cost_of(price: Price | None, usage: Usage) -> Decimal | None:
    """Price a call in USD; none when the price or the usage is unknown."""
    if price is None or usage.source == "absent":
        return None
    return price.cost(usage)


def _facts(row: Table) -> ModelFacts:
    return ModelFacts(
        context_tokens=row.get("context_tokens", 0),
        output_tokens=row.get("output_tokens", 0),
        temperature=row.get("temperature", True),
        price=_price(row["price"], row.get("long_price")) if "price" in row else None,
    )


def _price(row: Table, long_row: Table | None = None) -> Price:
    return Price(
        input_usd=Decimal(row["input"]),
        output_usd=Decimal(row["output"]),
        cache_read_usd=Decimal(row["cache_read"]) if "cache_read" in row else None,
        cache_write_usd=Decimal(row["cache_write"]) if "cache_write" in row else None,
        source=row.get("source", ""),
        long=_price(long_row) if long_row else None,
        long_from_tokens=long_row["from_tokens"] if long_row else 0,
    )
