"""An SDK is imported beside the loop: whoever holds a lease has to renew it meanwhile."""

import subprocess
import sys

import pytest

_PROGRAM = """
import asyncio, sys
from pydantic import SecretStr
from tamma_providers.anthropic.adapter import AnthropicProvider
from tamma_providers.openai.adapter import OpenAIProvider
from tamma_providers.options import ProviderSpec

made = {"anthropic": AnthropicProvider, "openai": OpenAIProvider}[sys.argv[1]]

async def main():
    rounds = 0

    async def go_round():
        nonlocal rounds
        while True:
            await asyncio.sleep(0)
            rounds += 1

    provider = made(ProviderSpec(name="one", kind=sys.argv[1], model="any", api_key=SecretStr("key")))
    going = asyncio.create_task(go_round())
    assert sys.argv[1] not in sys.modules
    await provider.initialize()
    assert sys.argv[1] in sys.modules
    print(rounds)

asyncio.run(main())
"""


@pytest.mark.parametrize("sdk", ["anthropic", "openai"])
def test_the_loop_goes_round_while_an_sdk_is_imported(sdk: str) -> None:
    """Nothing else on the loop has to wait for the import."""
    ended = subprocess.run((sys.executable, "-c", _PROGRAM, sdk), capture_output=True, text=True, check=True)
    assert int(ended.stdout) > 20
