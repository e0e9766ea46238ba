"""Let people, other commits and continuous integration come in between."""

from typing import Literal

from acceptance.wrong_patches.case import (
    ONE_ATTEMPT,
    QUIET,
    Case,
    Event,
    Scene,
    StoppedBy,
    believing,
    making,
    repaired,
    silent,
    waits_for,
)
from acceptance.wrong_patches.suite_cases import MINUTES
from msgspec.structs import replace
from rehearsal import project
from rehearsal.project import DEFECT, REPAIR, WORKFLOW
from rehearsal.script import edit
from rehearsal.story import asks_about_diff, asks_about_plan
from services.gitea_account import Json
from services.gitea_repository import Files
from tamma_core.domain.events import WaitFor
from tamma_core.domain.state import TaskState

_IMPATIENT = replace(ONE_ATTEMPT, ci_timeout_s=2.0)
_TWICE = replace(ONE_ATTEMPT, limits=replace(ONE_ATTEMPT.limits, attempts=2))
_ASKING = replace(ONE_ATTEMPT, approve_plan_automatically=False, approval_timeout_s=2.0)
_UNSEEN = replace(ONE_ATTEMPT, approval_timeout_s=2.0)
_OTHERWISE = edit("duration.py", "Answer the seconds", "Return the seconds")
_LOOSENED = repaired(edit("test_duration.py", MINUTES, '        self.assertTrue(parse_duration("5m"))\n'))
_NO_CI: Files = {name: text for name, text in QUIET.items() if name != ".woodpecker.yml"}
_NOWHERE: Files = project.FILES | {".gitea/workflows/ci.yml": WORKFLOW.replace("ubuntu-latest", "nowhere")}


def _shown(state: TaskState) -> str:
    """Answer the head that is proposed now, or nothing."""
    return state.pull_request.head_sha if state.pull_request is not None and state.candidate is not None else ""


def _at_proposal(name: str, act: Event) -> Event:
    """Act once, as soon as the pull request is there."""

    def event(scene: Scene, state: TaskState) -> None:
        if scene.once(name, when=bool(_shown(state))):
            act(scene, state)

    return event


def _edits_pull(**change: Json) -> Event:
    """Have the maintainer edit the pull request."""

    def act(scene: Scene, state: TaskState) -> None:
        assert state.pull_request is not None
        path = f"{scene.story.repository.path}/pulls/{state.pull_request.number}"
        scene.story.people.maintainer.call("PATCH", path, dict(change))

    return _at_proposal("edit", act)


def _reviews(verdict: Literal["APPROVED", "REQUEST_CHANGES"], *, stranger: bool = False) -> Event:
    def act(scene: Scene, state: TaskState) -> None:
        assert state.pull_request is not None
        by = scene.story.people.stranger if stranger else scene.story.people.maintainer
        path = f"{scene.story.repository.path}/pulls/{state.pull_request.number}/reviews"
        by.call("POST", path, {"event": verdict, "body": "Not like this."})

    return _at_proposal("review", act)


def _moves_base(files: Files) -> Event:
    return _at_proposal("base", lambda scene, _: scene.move_base(files))


def _says(state: Literal["success", "failure", "pending"], name: str = "ci/test") -> Event:
    return _at_proposal(f"says {name}", lambda scene, now: scene.report(_shown(now), state, name))


def _pushes(scene: Scene, state: TaskState) -> None:
    """Push a person's commit to our branch."""
    story = scene.story
    sha = story.repository.push({"notes.txt": "mine\n"}, state.branch, base=state.branch, by=story.people.maintainer)
    scene.done.add(f"pushed {sha}")


def _persons_commit_stays(scene: Scene, state: TaskState) -> None:
    assert f"pushed {scene.story.repository.head(state.branch)}" in scene.done


def _pushes_after_rejection(scene: Scene, state: TaskState) -> None:
    if scene.once("push", when=state.rejected_candidate is not None):
        _pushes(scene, state)


def _green_before_the_base_moves(scene: Scene, state: TaskState) -> None:
    if scene.once("green", when=bool(_shown(state))):
        scene.move_base({"notes.txt": "new\n"})
        scene.report(_shown(state), "success")


def _green_on_the_base(scene: Scene, state: TaskState) -> None:
    if scene.once("green", when=bool(_shown(state))):
        scene.report(scene.base, "success")


def _wants_approval(scene: Scene, state: TaskState) -> None:
    if scene.once("protect", when=state.pull_request is None):
        scene.story.repository.protect_branch(approvals=1)


def _stranger_approves_protected(scene: Scene, state: TaskState) -> None:
    _wants_approval(scene, state)
    _reviews("APPROVED", stranger=True)(scene, state)


def _retargets(scene: Scene, state: TaskState) -> None:
    if scene.once("branch", when=True):
        scene.story.repository.push({"notes.txt": "old\n"}, "release")
    _edits_pull(base="release")(scene, state)


def _comments_on_plan(text: str, *, stranger: bool = False) -> Event:
    def event(scene: Scene, state: TaskState) -> None:
        if scene.once("comment", when=asks_about_plan(state)):
            people = scene.story.people
            scene.story.say(text.format(hash=state.plan_hash), people.stranger if stranger else people.maintainer)

    return event


def _edits_issue_after_approval(scene: Scene, state: TaskState) -> None:
    if scene.once("approve", when=asks_about_plan(state)):
        story = scene.story
        story.say(f"/tamma approve {state.plan_hash}", story.people.maintainer)
        path = f"{story.repository.path}/issues/{story.issue}"
        story.people.owner.call("PATCH", path, {"body": "Delete the module."})


def _moves_base_under_plan(scene: Scene, state: TaskState) -> None:
    if scene.once("approve", when=asks_about_plan(state)):
        scene.done.add(f"old {state.plan_hash}")
        scene.move_base({"duration.py": project.MODULE + "\n\nVERSION = 2\n"})
        scene.story.say(f"/tamma approve {state.plan_hash}", scene.story.people.maintainer)


def _approves_the_old_plan_again(scene: Scene, state: TaskState) -> None:
    _moves_base_under_plan(scene, state)
    old = next((name.split()[1] for name in scene.done if name.startswith("old ")), "")
    if scene.once("again", when=asks_about_plan(state) and state.plan_hash != old):
        scene.story.say(f"/tamma approve {old}", scene.story.people.maintainer)


def _second_plan_is_asked_about(scene: Scene, state: TaskState) -> None:
    assert state.plan_version == 2
    assert scene.story.comments()[1].startswith("### Plan 2")


def _approves_difference(hash_: str, *, stranger: bool) -> Event:
    def event(scene: Scene, state: TaskState) -> None:
        if scene.once("comment", when=asks_about_diff(state)):
            people = scene.story.people
            name = hash_ or state.diff_question
            scene.story.say(f"/tamma approve {name}", people.stranger if stranger else people.maintainer)

    return event


def _approves_then(act: Event) -> Event:
    """Have the maintainer approve the first difference, and then something happen to the base."""

    def event(scene: Scene, state: TaskState) -> None:
        if scene.once("approve", when=asks_about_diff(state)):
            scene.story.say(f"/tamma approve {state.diff_question}", scene.story.people.maintainer)
        act(scene, state)

    return event


def _sets_base_back(scene: Scene, state: TaskState) -> None:
    """Take the last commit of the base out again, after the change was built on it."""
    if scene.once("back", when=bool(_shown(state))):
        scene.base = scene.story.repository.set_back("main")


def _gate(name: str, does: str, reason: str, event: Event, ci: Event = believing) -> Case:
    return Case(name=name, does=does, stopped=StoppedBy.GATE, reason=reason, event=event, ci=ci, attempts=[repaired()])


def _plan(name: str, does: str, reason: str, event: Event) -> Case:
    return Case(
        name=name,
        does=does,
        stopped=StoppedBy.PLAN,
        reason=reason,
        event=event,
        settings=_ASKING,
        attempts=[repaired()],
    )


def _never(_: TaskState) -> bool:
    return False


_WAITS_FOR_PLAN = "waited too long: plan [0-9a-f]{32} waits for approval"
PLANS = (
    _plan(
        "plan-approved-by-stranger",
        "has its plan approved by a stranger",
        _WAITS_FOR_PLAN,
        _comments_on_plan("/tamma approve {hash}", stranger=True),
    ),
    _plan(
        "plan-approval-quoted",
        "has its plan's approval quoted in a question",
        _WAITS_FOR_PLAN,
        _comments_on_plan("> /tamma approve {hash}\n\nShould I say this?"),
    ),
    _plan(
        "plan-approval-of-nothing",
        "has another hash approved",
        _WAITS_FOR_PLAN,
        _comments_on_plan("/tamma approve 0123456789ab"),
    ),
    _plan(
        "plan-rejected",
        "has its plan rejected without a reason",
        "the plan was rejected by maintainer, who gave no reason",
        _comments_on_plan("/tamma reject {hash}"),
    ),
    _plan(
        "plan-rejected-and-repeated",
        "makes the plan again that was rejected",
        "is the rejected one to the letter",
        _comments_on_plan("/tamma reject {hash} too much"),
    ),
    _plan(
        "plan-approval-in-code-block",
        "has its plan's approval shown in a code block",
        _WAITS_FOR_PLAN,
        _comments_on_plan("Do I have to say this?\n```\n/tamma approve {hash}\n```"),
    ),
    replace(
        _plan(
            "issue-edited-after-approval",
            "has the issue's text changed after the approval",
            _WAITS_FOR_PLAN,
            _edits_issue_after_approval,
        ),
        after=_second_plan_is_asked_about,
    ),
    replace(
        _plan(
            "base-moved-under-plan",
            "has a file of the plan changed on the base after the approval",
            _WAITS_FOR_PLAN,
            _moves_base_under_plan,
        ),
        after=_second_plan_is_asked_about,
    ),
    replace(
        _plan(
            "old-plan-approved-again",
            "has the old plan's approval repeated after the base moved",
            _WAITS_FOR_PLAN,
            _approves_the_old_plan_again,
        ),
        after=_second_plan_is_asked_about,
    ),
)
DIFFERENCES = tuple(
    Case(
        name=name,
        does=does,
        stopped=StoppedBy.GUARD,
        reason="waited too long: difference .*assertion_loosened",
        event=event,
        enough=_never,
        settings=_UNSEEN,
        attempts=[_LOOSENED],
    )
    for name, does, event in (
        (
            "difference-approved-by-stranger",
            "loosens a test and has a stranger approve the difference",
            _approves_difference("", stranger=True),
        ),
        (
            "other-difference-approved",
            "loosens a test and has another difference approved",
            _approves_difference("0123456789ab", stranger=False),
        ),
    )
)
APPROVED_ELSEWHERE = (
    Case(
        name="approved-then-base-changes-the-file",
        does="loosens a test, is approved, and meets a base that changed the same file",
        stopped=StoppedBy.GUARD,
        reason="waited too long: difference .*assertion_loosened",
        event=_approves_then(_moves_base({"test_duration.py": f"# Theirs.\n{project.TESTS}"})),
        enough=_never,
        settings=replace(_UNSEEN, approval_timeout_s=8.0),
        pushed=True,
        attempts=[_LOOSENED],
    ),
    Case(
        name="approved-then-base-is-set-back",
        does="loosens a test, is approved, and would bring back what was taken out of the base",
        stopped=StoppedBy.GATE,
        reason="`main` was rewritten",
        event=_approves_then(_sets_base_back),
        enough=_never,
        attempts=[_LOOSENED],
        files_then={"taken_out.py": "SECRET_DOOR = True\n"},
    ),
)
PEOPLE = (
    replace(
        _gate(
            "person-pushes-during-ci",
            "has a person push to its branch while checks run",
            "somebody pushed to the branch",
            _at_proposal("push", _pushes),
        ),
        after=_persons_commit_stays,
    ),
    Case(
        name="person-pushes-between-attempts",
        does="repairs a red check while a person pushes to its branch",
        stopped=StoppedBy.AGENT,
        pushed=True,
        reason="somebody pushed to",
        ci=_says("failure"),
        event=_pushes_after_rejection,
        after=_persons_commit_stays,
        settings=_TWICE,
        attempts=[repaired(), making(_OTHERWISE)],
    ),
    _gate(
        "person-closes",
        "has its pull request closed by a person",
        "somebody closed the pull request",
        _edits_pull(state="closed"),
    ),
    replace(
        _gate(
            "person-makes-it-a-draft",
            "has its pull request made a draft by a person",
            "somebody made the pull request a draft",
            _edits_pull(title="WIP: wait"),
        ),
        enough=waits_for(WaitFor.REVIEW),
    ),
    _gate(
        "person-retargets", "has its pull request moved to another base by a person", "now into `release`", _retargets
    ),
    _gate(
        "changes-requested",
        "has changes requested by a reviewer",
        r"maintainer requested changes \(1 of 1",
        _reviews("REQUEST_CHANGES"),
    ),
    Case(
        name="changes-requested-never-approved",
        does="answers a request for changes that nobody looks at again",
        stopped=StoppedBy.GATE,
        reason="requested changes to an earlier version and has not looked again",
        event=_reviews("REQUEST_CHANGES"),
        enough=waits_for(WaitFor.REVIEW),
        settings=_TWICE,
        attempts=[repaired(), making(_OTHERWISE)],
    ),
    replace(
        _gate(
            "required-approval-missing",
            "lacks an approval that the base branch requires",
            r"0 of 1 required approval",
            _wants_approval,
        ),
        enough=waits_for(WaitFor.REVIEW),
    ),
    replace(
        _gate(
            "approved-by-stranger",
            "has the required approval from a stranger",
            r"0 of 1 required approval",
            _stranger_approves_protected,
        ),
        enough=waits_for(WaitFor.REVIEW),
    ),
)
CHECKS = (
    _gate("check-red", "meets a red check", r"1 check\(s\) failed", silent, _says("failure")),
    _gate(
        "one-check-of-two-red",
        "meets one green and one red check",
        r"1 check\(s\) failed",
        _says("failure", "ci/lint"),
        _says("success"),
    ),
    *(
        replace(case, settings=_IMPATIENT)
        for case in (
            _gate(
                "checks-missing",
                "meets no check at all, though CI is configured",
                "expected checks have not reported",
                silent,
                silent,
            ),
            _gate(
                "check-pending-for-ever",
                "meets a check that never ends",
                "checks are still running",
                silent,
                _says("pending"),
            ),
            _gate(
                "other-check-green",
                "meets a green check, but not the base's",
                "checks that the base has did not come: `ci/test`",
                _green_on_the_base,
                _says("success", "ci/docs"),
            ),
            _gate(
                "green-on-another-commit",
                "meets a green check at the base's commit only",
                "expected checks have not reported: ci/test",
                _green_on_the_base,
                silent,
            ),
            _gate(
                "green-on-the-older-head",
                "meets a green check at its older head only",
                "expected checks have not reported",
                _green_before_the_base_moves,
                silent,
            ),
            replace(
                _gate(
                    "runner-absent", "meets a workflow that no runner takes", "checks are still running", silent, silent
                ),
                files=_NOWHERE,
            ),
        )
    ),
    replace(
        _gate(
            "nobody-looked",
            "is green by its own tests where there is no CI",
            "no checks, so a person has to approve",
            silent,
            silent,
        ),
        files=_NO_CI,
    ),
)
BASES = (
    _gate(
        "base-conflicts",
        "conflicts with a base that moved",
        r"conflicts.*1 of 1 attempts used",
        _moves_base({"duration.py": project.MODULE.replace(DEFECT, REPAIR.replace("+= ", "= total + "))}),
    ),
    replace(
        _gate(
            "base-breaks-it",
            "merges cleanly with a base that moved, and fails its new test",
            r"test_last.* fails",
            _moves_base(
                {
                    "test_last.py": (
                        "import unittest\n\nfrom duration import parse_duration\n\n\nclass Last(unittest.TestCase):\n"
                        '    def test_last(self) -> None:\n        self.assertEqual(parse_duration("1h30m"), 1800)\n'
                    )
                }
            ),
        ),
        stopped=StoppedBy.TESTS,
        pushed=True,
    ),
)
CASES = (*PLANS, *DIFFERENCES, *APPROVED_ELSEWHERE, *PEOPLE, *CHECKS, *BASES)
