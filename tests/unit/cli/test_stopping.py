"""What signals do to the work of a command."""

import signal
import subprocess
import sys

import pytest

CHILD = """
import asyncio, os, signal, sys
from tamma_cli.stopping import stopping

async def main():
    number, repeats_s = signal.Signals(int(sys.argv[1])), float(sys.argv[2])
    work = asyncio.create_task(asyncio.Event().wait())
    with stopping(work, repeats_s=repeats_s) as stopped:
        os.kill(os.getpid(), number)
        await asyncio.wait([work])
        await asyncio.sleep(2 * repeats_s if repeats_s < 1 else 0)
        os.kill(os.getpid(), number)
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.sleep(0)
    os.kill(os.getpid(), number)
    await asyncio.sleep(0)
    print("parked", work.cancelled(), set(stopped))

asyncio.run(main())
"""


def stopped(number: signal.Signals, repeats_s: float) -> "subprocess.CompletedProcess[str]":
    """Run work that never ends, and signal it twice."""
    return subprocess.run(
        [sys.executable, "-c", CHILD, str(number.value), str(repeats_s)], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_repeat_of_a_signal_is_the_same_wish(number: signal.Signals) -> None:
    """Process and group are signalled at once by `timeout`; the work is still parked, and says so."""
    done = stopped(number, 100)
    assert done.stdout.startswith("parked True"), done.stderr
    assert done.returncode == 0


def test_a_later_signal_is_left_to_the_system() -> None:
    """Whoever asks again after a while wants out, whatever the work still does."""
    done = stopped(signal.SIGTERM, 0.01)
    assert (done.returncode, done.stdout) == (-signal.SIGTERM, "")
