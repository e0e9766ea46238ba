"""Whatever happens between question and answer, nobody's word counts for what they were not told; on a forge over loopback."""

import tempfile
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tamma_core.domain import events as ev
from tamma_core.domain.guard import Finding, GuardReport, Verdict
from tamma_core.domain.task import TaskStatus
from tamma_core.domain.verification import VerificationReport
from tamma_platforms.testing.gitea_fake import Fault
from unit.core.engine.test_words import BASE, CHANGED, DIFF, HEAD, Talk, talking, typed

Act = tuple[str, object]
FINDINGS = {word: Finding("size", "a.py", f"reason {word}", Verdict.HUMAN) for word in ("one", "two")}
TESTS = ("t.a", "t.b", "t.c")
PROBLEM, OTHER = "`pytest` did not end within 60 s", "the test run cannot fail: of 3 tests that must fail, 2 passed"


def measured(doubtful: frozenset[str]) -> Sequence[ev.Event]:
    """Have the base moved, and the same difference found to be doubtful for this."""
    findings = tuple(finding for word, finding in FINDINGS.items() if word in doubtful or word == "one")
    report = VerificationReport(
        sha=HEAD,
        base=BASE,
        command="x",
        tests_run=1,
        tests_run_on_base=1,
        contradicted_by=tuple(test for test in TESTS if test in doubtful),
        not_judged=("t.old",) if "t.old" in doubtful else (),
        problem=next((problem for problem in (PROBLEM, OTHER) if problem in doubtful), ""),
    )
    made = ev.CandidateMade(sha=HEAD, attempt=1, guard=GuardReport(DIFF, findings), summary="done")
    return (
        ev.BranchNamed(branch="tamma/x"),
        ev.BaseMoved(base_sha=BASE),
        made,
        ev.CandidateVerified(report=report),
        CHANGED[3],
    )


class Play:
    """Hold what is doubtful, and who was told what by the name that they wrote."""

    def __init__(self, talk: Talk) -> None:
        self.talk = talk
        self.doubtful: frozenset[str] = frozenset({"one"})
        self.told: dict[str, list[str]] = defaultdict(list)

    async def act(self, act: Act) -> None:
        """Have something happen."""
        name, what = act
        acts: dict[str, Callable[[object], Awaitable[None]]] = {
            "measure": self.measure,
            "ask": self.ask,
            "die": self.die,
            "write": self.write,
            "edit": self.edit,
            "type": self.type,
            "refuse": self.refuse,
        }
        await acts[name](what)
        self.talk.wait_s(5)

    async def measure(self, doubtful: object) -> None:
        """Let the base move."""
        assert isinstance(doubtful, frozenset)
        self.doubtful = (doubtful - {OTHER} if PROBLEM in doubtful else doubtful) | {"one"}
        await self.talk.happens(*measured(self.doubtful))

    async def ask(self, fails: object) -> None:
        """Let the engine look, and the forge take no comment perhaps; what is approved stays where it is."""
        if (await self.talk.state()).approves_diff(DIFF):
            return
        if fails:
            self.talk.fake.faults.append(Fault(method="POST", path="/comments$", status=403))
        if (await self.talk.advance()).parked is not None:
            await self.talk.typed(ev.TaskResumed(by="root"))
        self.talk.fake.faults.clear()

    async def die(self, _: object) -> None:
        """Journal a question, and die before it is asked."""
        await self.talk.happens((await self.talk.state()).diff_asked)

    async def write(self, which: object) -> None:
        """Approve what some comment asked about, or the difference by its own name."""
        self._write(which)

    def _write(self, which: object) -> None:
        assert isinstance(which, int)
        asked, by = self.talk.asked(), ("ada", "bob")[which % 2]
        body = asked[which // 2 % len(asked)] if asked and which < 100 else f"`{DIFF}`"
        name = body.split("`")[1]
        self.talk.says(f"/tamma approve {name}", by=by)
        self.told[by].append(body)

    async def edit(self, which: object) -> None:
        """Have the newest word of a person ask for another name."""
        said = [one for one in self.talk.stored.comments.values() if one.author != "bot"]
        names = [body.split("`")[1] for body in self.talk.asked()]
        if said and names:
            assert isinstance(which, int)
            self.talk.edits(said[-1], f"/tamma approve {names[which % len(names)]}")

    async def type(self, _: object) -> None:
        """Approve at the terminal what it shows."""
        state = await self.talk.state()
        if state.status is TaskStatus.WAITING and state.wait and state.wait.wait_for is ev.WaitFor.APPROVAL:
            name = state.diff_question or DIFF
            await self.talk.typed(ev.Approved(subject=ev.ApprovalSubject.DIFF, hash=name, by="root", via="cli"))
            self.told["root"].append(state.wait.reason if name in state.wait.reason else "")

    async def refuse(self, _: object) -> None:
        """Say no at the terminal, and let it go on."""
        await self.talk.typed(typed(ev.Rejected, ev.ApprovalSubject.DIFF))
        await self.talk.advance()
        await self.talk.typed(ev.TaskResumed(by="root"))

    def was_told(self) -> bool:
        """Tell whether somebody wrote the name of a question whose text had all that is doubtful."""
        return any(all(word in text for word in self.doubtful) for texts in self.told.values() for text in texts)


def acts() -> st.SearchStrategy[list[Act]]:
    """Let anything happen in any order."""
    doubtful = st.frozensets(st.sampled_from(("two", *TESTS, "t.old", PROBLEM, OTHER)), max_size=3)
    one: st.SearchStrategy[Act] = st.one_of(
        st.tuples(st.just("measure"), doubtful),
        st.tuples(st.just("ask"), st.booleans()),
        st.tuples(st.just("write"), st.integers(0, 110)),
        st.tuples(st.sampled_from(("edit", "die", "type", "refuse")), st.integers(0, 9)),
    )
    return st.lists(one, max_size=10)


def of(*doubtful: str) -> Act:
    """Find the difference doubtful for this."""
    return ("measure", frozenset(doubtful))


ASK, WRITE, UP = ("ask", False), ("write", 0), ("ask", False)


STORIES: dict[str, list[Act]] = {
    "a word of an earlier task": [("write", 100), of("t.a"), ASK, UP],
    "one test in place of another": [
        ASK,
        WRITE,
        UP,
        of("t.a"),
        ASK,
        ("write", 2),
        UP,
        of("t.b"),
        ASK,
        of("t.a", "t.b"),
        ASK,
    ],
    "journaled, and never asked": [of("t.a"), ("die", 0), of(), ASK, WRITE, UP, of("t.a"), ASK],
    "not taken by the forge": [of("t.a"), ("ask", True), of(), ASK, WRITE, UP, of("t.a")],
    "after a no": [ASK, ("refuse", 0), of("t.a"), ASK, ("write", 2), UP],
    "edited into another name": [ASK, WRITE, UP, of("t.a"), ASK, ("edit", 1), ASK],
    "another problem": [of(PROBLEM), ASK, WRITE, UP, of(OTHER), ASK],
    "at the terminal": [of("t.a"), ASK, ("type", 0), of("t.a", "t.b"), ASK],
}


async def played(happens: Sequence[Act]) -> bool:
    """Play, see after each act that nobody approved what they were not told, and answer whether anything was approved."""
    approved = False
    with tempfile.TemporaryDirectory() as folder:
        async with talking(Path(folder)) as talk:
            play = Play(talk)
            await talk.begin(typed(ev.Approved), *measured(play.doubtful))
            for act in happens:
                await play.act(act)
                approves = (await talk.state()).approves_diff(DIFF)
                assert play.was_told() or not approves
                approved |= approves
    return approved


@pytest.mark.parametrize("happens", STORIES.values(), ids=STORIES)
async def test_nobody_approves_what_they_were_not_told(happens: Sequence[Act]) -> None:
    """A difference counts as approved only while all that is doubtful about it stood where its approver read."""
    await played(happens)


async def test_what_was_told_is_approved() -> None:
    """The same play shows an approval, by each way, and for less than was told."""
    assert await played([of("t.a", "t.b"), ASK, WRITE, UP, of("t.a")])
    assert await played([of("t.a"), ASK, ("type", 0)])


@settings(max_examples=8)
@given(acts())
async def test_nobody_approves_what_they_were_not_told_in_any_order(happens: list[Act]) -> None:
    """The same for whatever happens."""
    await played(happens)
