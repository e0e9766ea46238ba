"""Drive a task in a process of its own that kills itself, or stands still, right after chosen events are journaled."""

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

from rehearsal.mortal import Fate, with_fate, work_on
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


def stand_still(effect: str) -> Fate:
    """Have a process stand still between the intent of such an effect and the effect, until somebody lets it go on."""

    def fate(events: Sequence[ev.Event]) -> None:
        if any(isinstance(event, ev.EffectIntended) and event.effect.type == effect for event in events):
            os.kill(os.getpid(), signal.SIGSTOP)

    return fate


async def work(place: Place, task: TaskId, fate: Fate | None) -> str:
    """Drive a task to its end or to the first wait for a person."""
    async with world(place, around=with_fate(fate)) as opened:
        return await work_on(opened, task)


def arguments(place: Place, task: TaskId, deaths: Path | None = None, phase: int = 0, still: str = "") -> list[str]:
    """Write the command line of a worker, which meets death, or stands still at an effect, or neither."""
    shown = {**asdict(place), "data": str(place.data)}
    return [sys.executable, "-m", "rehearsal.worker", json.dumps(shown), task, str(deaths or ""), str(phase), still]


def main() -> None:
    """Run one worker."""
    shown, task, deaths, phase, still = sys.argv[1:]
    place = Place(**{**json.loads(shown), "data": Path(json.loads(shown)["data"])})
    fate = stand_still(still) if still else Deaths(Path(deaths), int(phase)) if deaths else None
    sys.stdout.write(asyncio.run(work(place, TaskId(task), fate)) + "\n")


if __name__ == "__main__":
    main()
