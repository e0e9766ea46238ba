"""What goes wrong, decided by a number: the same one always decides the same of the same requests and lives."""

import re
from collections import Counter
from dataclasses import dataclass, field
from random import Random

from acceptance.storm.worker import Death
from services.faulty_proxy import Fault

_READ = (
    (Fault.DROP_BEFORE, 2),
    (Fault.DROP_AFTER, 2),
    (Fault.BAD_GATEWAY, 3),
    (Fault.UNAVAILABLE, 3),
    (Fault.TOO_MANY, 1),
    (Fault.SLOW, 2),
    (Fault.TRUNCATED, 3),
    (Fault.PAGE, 1),
    (Fault.STALE, 6),
)
_WRITE = (
    (Fault.DROP_BEFORE, 2),
    (Fault.DROP_AFTER, 4),
    (Fault.BAD_GATEWAY, 5),
    (Fault.UNAVAILABLE, 2),
    (Fault.TOO_MANY, 1),
    (Fault.LATE, 3),
    (Fault.SLOW, 2),
    (Fault.TRUNCATED, 3),
    (Fault.PAGE, 1),
)
# What git asks in one fetch has to fit together.
_GIT_READ = tuple((fault, weight) for fault, weight in _READ if fault is not Fault.STALE)
_AFTER_EVENTS = 0.7
_LEAPS = 0.2
_SHA = re.compile("[0-9a-f]{40}")
MOST_IN_A_ROW = 2
"""A request that fails each time would be no storm but the end of the world."""


@dataclass(slots=True)
class Weather:
    """Spoil a share of the requests to the forge, by how often the same one was made before."""

    seed: int
    reads: float
    writes: float
    faults: Counter[str] = field(default_factory=Counter)
    _asked: Counter[tuple[str, str]] = field(default_factory=Counter)
    _in_a_row: Counter[tuple[str, str]] = field(default_factory=Counter)

    def __call__(self, method: str, target: str) -> Fault | None:
        """Answer what happens to this request."""
        request = method, _SHA.sub("SHA", target)
        self._asked[request] += 1
        draw = Random(f"{self.seed} {request} {self._asked[request]}")
        share = self.reads if _is_read(method, target) else self.writes
        if draw.random() >= share or self._in_a_row[request] >= MOST_IN_A_ROW:
            self._in_a_row[request] = 0
            return None
        self._in_a_row[request] += 1
        faults, weights = zip(*_choice(method, target), strict=True)
        fault: Fault = draw.choices(faults, weights)[0]
        self.faults[fault.value] += 1
        return fault


def _choice(method: str, target: str) -> tuple[tuple[Fault, int], ...]:
    if _is_read(method, target):
        return _GIT_READ if ".git/" in target else _READ
    return _WRITE


def _is_read(method: str, target: str) -> bool:
    return method == "GET" or target.endswith("/git-upload-pack")


def death(seed: int, task: int, life: int) -> Death:
    """Decide how a life of a worker ends: mostly after some progress, at the event or a moment later."""
    draw = Random(f"{seed} death {task} {life}")
    if draw.random() < _AFTER_EVENTS:
        appends = draw.choices((1, 2, 3, 4, 5, 8), (4, 4, 3, 3, 2, 2))[0]
        return Death(appends=appends, after_s=draw.choice((0.0, 0.0, draw.uniform(0.0, 0.4))))
    return Death(appends=None, after_s=draw.uniform(0.5, 4.0))


def leap_s(seed: int, task: int, life: int) -> float:
    """Decide how far the clock jumps in a life, by less than a request may be on its way."""
    draw = Random(f"{seed} clock {task} {life}")
    return draw.uniform(-2.0, 2.0) if draw.random() < _LEAPS else 0.0
