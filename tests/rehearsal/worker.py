"""Drive a task in a process of its own that kills itself right after chosen events are journaled."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from msgspec.structs import asdict
from tamma_core.domain import events as ev
from tamma_core.domain.ids import TaskId

from rehearsal.mortal import with_fate, work_on
from rehearsal.world import Place, world


def moment(event: ev.Event) -> str:
    """Name an event so that the same one of a later run has the same name."""
    match event:
        case ev.EffectIntended():
            return f"{event.type} {event.effect.type} {event.effect.key.split(':')[0]}"
        case ev.EffectDone():
            return f"{event.type} {event.key.rsplit(':', 1)[0]}"
        case ev.TurnRecorded():
            return f"{event.type} {event.step} {event.attempt}.{event.number}"
        case ev.FailureTriaged(again=True):
            return f"{event.type} again"
        case ev.StepStarted() | ev.WaitStarted():
            return f"{event.type} {event.step}"
        case _:
            return event.type


class Deaths:
    """Have a process die once after each event that it had not died after before.

    A call that is cut off each time would never be made, so of four reports of an agent in a row two
    kill: the first two in the one `phase`, the others in the other.
    """

    def __init__(self, died: Path, phase: int) -> None:
        self._died = died
        self._phase = phase

    def __call__(self, events: Sequence[ev.Event]) -> None:
        """Die if one of the events is new to us."""
        known = set(self._died.read_text().splitlines()) if self._died.exists() else set()
        fresh = [moment(event) for event in events if self._kills(event) and moment(event) not in known]
        if fresh:
            with self._died.open("a") as file:
                file.write("".join(f"{name}\n" for name in fresh))
                file.flush()
                os.fsync(file.fileno())
            os.kill(os.getpid(), signal.SIGKILL)

    def _kills(self, event: ev.Event) -> bool:
        if isinstance(event, ev.CommandsRun | ev.TrafficRecorded):
            return False  # they stand beside another event, which kills
        return not isinstance(event, ev.TurnRecorded) or (event.number - 1) // 2 % 2 == self._phase


async def work(place: Place, task: TaskId, deaths: Path | None, phase: int) -> str:
    """Drive a task to its end or to the first wait for a person."""
    fate = None if deaths is None else Deaths(deaths, phase)
    async with world(place, around=with_fate(fate)) as opened:
        return await work_on(opened, task)


def arguments(place: Place, task: TaskId, deaths: Path | None, phase: int) -> list[str]:
    """Write the command line of a worker."""
    shown = {**asdict(place), "data": str(place.data)}
    return [sys.executable, "-m", "rehearsal.worker", json.dumps(shown), task, str(deaths or ""), str(phase)]


def main() -> None:
    """Run one worker."""
    place = json.loads(sys.argv[1])
    place["data"] = Path(place["data"])
    deaths = Path(sys.argv[3]) if sys.argv[3] else None
    sys.stdout.write(asyncio.run(work(Place(**place), TaskId(sys.argv[2]), deaths, int(sys.argv[4]))) + "\n")


if __name__ == "__main__":
    main()
