"""Models, windows and prices from data."""

from decimal import Decimal

import pytest
from tamma_core.domain.usage import Price, Usage
from tamma_providers.catalogue import cost_of, find_model, known_models
from tamma_providers.options import ProviderOptions
from tamma_providers.registry import open_provider


@pytest.mark.parametrize("vendor", ["anthropic", "openai"])
def test_every_model_has_a_window_and_a_sourced_price(vendor: str) -> None:
    """Each row can be read, and says where its price comes from."""
    models = known_models(vendor)
    assert models
    for facts in models.values():
        assert facts.context_tokens >= 100_000
        assert facts.price is not None
        assert facts.price.source
        assert facts.price.output_usd > facts.price.input_usd > (facts.price.cache_read_usd or 0)


def test_dated_names_are_their_model_and_others_are_not() -> None:
    """A date at the end is dropped; any other ending is another model, of unknown price."""
    assert find_model("anthropic", "claude-opus-5-5-20261001") == find_model("anthropic", "claude-opus-5-5")
    assert find_model("openai", "gpt-6-luna-2026-08-01").price is not None
    assert find_model("anthropic", "claude-opus-5-5-fast").price is None


def test_long_input_costs_more() -> None:
    """Above its bound the whole call has the dearer prices."""
    price = find_model("anthropic", "claude-haiku-5-5").price
    short = Usage(input_tokens=100_000, output_tokens=1_000_000, source="reported")
    long = Usage(input_tokens=100_001, output_tokens=1_000_000, source="reported")
    assert cost_of(price, short) == Decimal("0.51")
    assert cost_of(price, long) == Decimal("2.5500005")


def test_cache_has_its_own_prices() -> None:
    """Reads are cheap and writes dear, and neither is counted as plain input too."""
    price = find_model("anthropic", "claude-opus-5-5").price
    usage = Usage(input_tokens=1_000_000, cache_read_tokens=600_000, cache_write_tokens=300_000, source="reported")
    assert cost_of(price, usage) == Decimal("0.4") + Decimal("0.12") + Decimal("1.5")


def test_unknown_is_none_never_zero() -> None:
    """Without a price, or without usage, the cost is not known."""
    assert cost_of(None, Usage(input_tokens=5, source="reported")) is None
    assert cost_of(find_model("openai", "gpt-6-luna").price, Usage()) is None


def test_operator_overrides_the_list() -> None:
    """A configured price and window win over the shipped ones."""
    own = Price(input_usd=Decimal(7), output_usd=Decimal(8), source="contract")
    options = ProviderOptions(prices={"gpt-6-luna": own}, context_tokens=9000)
    provider = open_provider("p", kind="openai", model="gpt-6-luna", base_url="http://127.0.0.1:9/v1", options=options)
    told = provider.get_capabilities("gpt-6-luna")
    assert (told.price, told.max_context_tokens, told.max_output_tokens) == (own, 9000, 128_000)


def test_a_local_server_has_no_list_price() -> None:
    """A model of a famous name on one's own server costs what nobody knows."""
    options = ProviderOptions(dialect="vllm")
    provider = open_provider("p", kind="local-llm", model="gpt-6-luna", options=options)
    assert provider.get_capabilities("gpt-6-luna").price is None
