"""Which checks the base's workflow files rule out for a pull request, and that doubt rules out nothing."""

import pytest
from msgspec.structs import replace
from tamma_core.guards.workflows import (
    Proposal,
    Workflow,
    are_asked_for,
    is_gone,
    may_be_left_out,
    read_workflow,
    still_expected,
)
from tamma_core.verification.ci.document import read_yaml

OURS = Proposal(base="main", prefix="tamma/", paths=("src/a.py", "docs/a.md"))
DEPLOY = "deploy / ship (push)"
JOBS = "jobs:\n  ship: {runs-on: x, steps: [{run: x}]}\n"


def workflow(on: str, jobs: str = JOBS, name: str = "deploy", path: str = ".gitea/workflows/deploy.yml") -> Workflow:
    return read_workflow(path, read_yaml(f"name: {name}\non: {on}\n{jobs}"))


@pytest.mark.parametrize(
    "on",
    [
        "{push: {branches: [main]}}",
        "{push: {branches: main}}",
        "{push: {branches: ['release/**', 'ver?', '!tamma/**']}}",
        "{push: {tags: ['v*']}}",
        "{push: {branches: [main]}, workflow_dispatch: {}}",
        "schedule",
        "[workflow_dispatch, release]",
        "{pull_request: {types: [closed]}}",
        "{pull_request: {branches: [release]}}",
        "{pull_request: {paths: ['lib/**', '**.go']}}",
        "{pull_request: {paths-ignore: ['src/*.py', 'docs/**']}}",
        "{pull_request_target: {branches: ['release/*']}, push: {branches: [main]}}",
    ],
)
def test_a_workflow_that_cannot_run_for_us_is_not_waited_for(on: str) -> None:
    """Its checks on the base say nothing about a pull request."""
    names = {DEPLOY, "ship", "ship (3.11)", "run: deploy.yml (push)"}
    assert still_expected(names, [workflow(on)], OURS) == frozenset()


@pytest.mark.parametrize(
    "on",
    [
        "push",
        "pull_request",
        "[push, pull_request]",
        "{push: }",
        "{push: {branches: ['**']}}",
        "{push: {branches: ['tamma/**']}}",
        "{push: {branches: ['t?main']}}",
        "{push: {branches: ['[mt]*']}}",
        "{push: {branches: ['!main']}}",
        "{push: {branches-ignore: ['tamma/**']}}",
        "{push: {paths: ['lib/**']}}",
        "{push: {tags: ['v*'], branches: ['*/*']}}",
        "{pull_request: {types: [opened, closed]}}",
        "{pull_request: {types: [labeled]}}",
        "{pull_request: {branches: ['ma*']}}",
        "{pull_request: {branches: ['{main,dev}']}}",
        "{pull_request: {paths: ['src/**']}}",
        "{pull_request: {paths: ['src']}}",
        "{pull_request: {paths: ['lib/**', 'sr?c/a.py']}}",
        "{pull_request: {paths-ignore: ['docs/**']}}",
        "{pull_request: {paths-ignore: ['*.py', 'docs/**']}}",
        "{pull_request: {paths-ignore: ['src/[a].py', 'docs/**']}}",
        "{push: {branches: [main]}, pull_request: }",
        "{push: {branches: [main]}, create: }",
        "{push: {branches: [main]}, workflow_call: }",
        "{push: {branches: 3}}",
        "3",
        "[",
    ],
)
def test_doubt_waits(on: str) -> None:
    """Whatever may run, or is not understood, stays expected."""
    assert still_expected({DEPLOY}, [workflow(on)], OURS) == {DEPLOY}


def test_a_check_of_no_known_workflow_stays_expected() -> None:
    """What another system reports is not explained away by a workflow beside it."""
    known = [workflow("{push: {branches: [main]}}")]
    names = {"ci/test", "deploy / other (push)", "shipping", "other / ship (push)"}
    assert still_expected(names, known, OURS) == names
    assert still_expected({DEPLOY}, [], OURS) == {DEPLOY}


def test_one_workflow_that_may_run_keeps_a_name_that_two_share() -> None:
    """A deployment named like a test, or a file that cannot be read, takes no test away."""
    deploy = workflow("{push: {branches: [main]}}")
    same = workflow("pull_request", path=".github/workflows/test.yml")
    matrix = workflow("pull_request", "jobs:\n  a: {name: '${{ matrix.x }}'}\n", path=".github/workflows/m.yml")
    nameless = read_workflow("a.yml", {"name": {}, "on": {"push": {"branches": ["main"]}}, "jobs": {"a": {}}})
    for other in (same, matrix, nameless, Workflow(path=".github/workflows/broken.yml")):
        assert still_expected({DEPLOY}, [deploy, other], OURS) == {DEPLOY}


def test_a_change_of_very_many_files_runs_everything() -> None:
    """Forges give path filters up there, and so do we."""
    many = Proposal(base="main", prefix="tamma/", paths=tuple(f"src/{n}" for n in range(301)))
    assert still_expected({DEPLOY}, [workflow("{pull_request: {paths: [lib]}}")], many) == {DEPLOY}


@pytest.mark.parametrize("filters", ["paths: ['*a*a*a*ab']", "paths-ignore: ['*a*a*a*a']"])
def test_a_filter_that_takes_an_age_is_in_doubt(filters: str) -> None:
    """The time to match grows with each star as the path's length does: a check is waited for instead."""
    hostile, long = workflow(f"{{pull_request: {{{filters}}}}}"), replace(OURS, paths=("a" * 100,))
    assert still_expected({DEPLOY}, [hostile], long) == {DEPLOY}
    assert still_expected({DEPLOY}, [hostile], replace(OURS, paths=("a" * 10,))) == frozenset()


def test_the_name_of_an_issue_cannot_choose_the_checks() -> None:
    """Only the prefix of our branches counts: the rest of a branch is made of a stranger's title."""
    on = "{push: {branches: ['tamma/fix-*']}}"
    assert workflow(on).may_run(OURS)


def test_an_old_yaml_reads_the_key_on_as_true() -> None:
    """The same file means the same to either version of the language."""
    found = read_workflow("a.yml", {True: "push", "jobs": {"a": {}}})
    assert found.triggers == {"push": None}


def test_a_workflow_without_a_name_reports_with_an_empty_one() -> None:
    """Gitea writes `/ job` then, which is a job of that file as any other, and of no file that has a name."""
    nameless = read_workflow(".gitea/workflows/d.yml", {"on": {"push": {"branches": ["main"]}}, "jobs": {"ship": {}}})
    assert still_expected({"/ ship (push)"}, [nameless], OURS) == frozenset()
    assert still_expected({"/ ship (push)"}, [workflow("{push: {branches: [main]}}")], OURS) == {"/ ship (push)"}


THEN = workflow(
    "push", "jobs:\n  unit: {}\n  odd: {name: 'on ${{ matrix.x }}'}\n", name="ci", path=".gitea/workflows/ci.yml"
)


@pytest.mark.parametrize(
    "check", ["ci / unit (push)", "ci.yml / unit (push)", "unit", "unit (3.11)", "ci / unit (3.11) (pull_request)"]
)
@pytest.mark.parametrize(
    ("name", "jobs"),
    [("ci", "jobs:\n  tests: {}\n"), ("ci", "jobs:\n  unit: {name: Unit tests}\n"), ("ci", "jobs:\n  units: {}\n")],
)
def test_a_job_that_the_base_no_longer_has_is_gone(check: str, name: str, jobs: str) -> None:
    """Renamed or removed, it was a job of then and is none of now."""
    assert is_gone(check, [THEN], [workflow("push", jobs, name=name)])


def test_a_renamed_workflow_takes_its_old_names_along() -> None:
    """Under another name of the workflow or its file the old checks come no more."""
    plain = replace(THEN, jobs=frozenset({"unit"}))
    assert is_gone("ci / unit (push)", [plain], [replace(plain, name="CI")])
    assert is_gone("run: ci.yml (push)", [plain], [replace(plain, path=".gitea/workflows/test.yml")])


@pytest.mark.parametrize(
    ("check", "now"),
    [
        ("ci / unit (push)", [THEN]),
        ("unit (3.9)", [THEN]),
        ("ci / unit (push)", [replace(THEN, triggers=None)]),
        ("ci / unit (push)", [workflow("push", "jobs:\n  a: {name: '${{ matrix.x }}'}\n", name="ci")]),
        ("nightly", []),
        ("ci/unit", []),
        ("on linux", []),
        ("other / unit (push)", []),
        ("unity", []),
    ],
    ids=[
        "there still",
        "leg of a matrix",
        "unknown file",
        "any name",
        *["never a job"] * 2,
        "by a matrix",
        *["never a job"] * 2,
    ],
)
def test_doubt_keeps_a_check(check: str, now: list[Workflow]) -> None:
    """What may still come, and what perhaps was no job of a file, is not gone."""
    assert not is_gone(check, [THEN], now)
    assert not is_gone("ci / unit (push)", [Workflow(path=".gitea/workflows/ci.yml")], [])


FILTERED = workflow("{push: {paths: ['src/**']}, pull_request: }", "jobs:\n  unit: {}\n  lint: {}\n", name="ci")


def test_what_took_the_place_of_a_renamed_job_is_asked_for() -> None:
    """A path filter kept the new job from the commit that renamed it: neither tip nor head have it, so the old one stays."""
    assert not are_asked_for([FILTERED], OURS, {"ci / lint (push)"})
    assert not are_asked_for([FILTERED], OURS, {"ci / lint (push)", "ci / test (push)", "x / unit (push)"})
    assert are_asked_for([FILTERED], OURS, {"ci / lint (push)", "ci / unit (pull_request)"})
    assert are_asked_for([FILTERED], OURS, {"lint", "unit"})
    assert are_asked_for([FILTERED, workflow("{push: {branches: [main]}}")], OURS, {"lint", "unit"})
    assert are_asked_for([], OURS, ())


@pytest.mark.parametrize(
    "jobs",
    [
        "  unit: {strategy: {matrix: {x: [1, 2]}}}\n",
        "  unit: {name: 'unit ${{ github.ref }}'}\n",
        "  unit: {uses: ./.github/workflows/x.yml}\n",
        "  unit: {}\n  other: {name: unit}\n",
        "  unit: []\n",
    ],
    ids=["matrix", "expression", "reused", "two of a name", "unknown"],
)
def test_a_job_whose_checks_cannot_be_told_may_be_missing(jobs: str) -> None:
    """Then nothing shows that all of them are there."""
    names = {"unit", "unit (1)", "unit (2)", "unit / x", "ci / unit (push)", "ci / unit (1) (push)"}
    assert not are_asked_for([workflow("push", f"jobs:\n{jobs}", name="ci")], OURS, names)


def test_a_name_that_two_workflows_share_tells_of_neither() -> None:
    """One of the two jobs is there, and nobody can say which."""
    other = replace(FILTERED, name="more", path=".gitea/workflows/more.yml")
    assert not are_asked_for([FILTERED, other], OURS, {"lint", "unit"})
    whole = {f"{name} / {job} (push)" for name in ("ci", "more") for job in ("lint", "unit")}
    assert are_asked_for([FILTERED, other], OURS, whole)
    assert not are_asked_for([FILTERED, other], OURS, whole - {"more / unit (push)"})


PLAIN = (
    "github.event_name == 'push'",
    "github.ref == 'refs/heads/main' && github.repository == 'a/b'",
    "${{ startsWith(github.ref, 'refs/tags/v') }}",
    "needs.changes.outputs.backend == 'true' || always()",
    "!(failure() || needs.build.result != 'success')",
)
OF_OTHERS_WORDS = (
    "!contains(github.event.pull_request.title, 'docs')",
    "github.event.pull_request.user.login != 'bot'",
    "contains(github.event.pull_request.labels.*.name, 'test')",
    "!contains(github.event.head_commit.message, 'skip')",
    "!contains(github.ref, 'docs')",
    "startsWith(github.head_ref, 'tamma/issue-docs')",
    "!startsWith(github.ref, 'refs/heads/tamma/issue-a')",
    "github.actor == 'x'",
    "env.SKIP != 'true'",
    "github.ref == 'a' && inputs.all",
)


@pytest.mark.parametrize("condition", PLAIN)
def test_a_job_with_a_plain_condition_may_be_left_out(condition: str) -> None:
    """Event, ref and results of other jobs decide about deployments and filters of paths; what needs such a job goes with it."""
    jobs = f'jobs:\n  ship: {{runs-on: x, if: "{condition}"}}\n  tell: {{runs-on: x, needs: ship}}\n'
    known = [workflow("push", jobs), workflow("push", path=".gitea/workflows/other.yml", name="other")]
    assert may_be_left_out(DEPLOY, known)
    assert may_be_left_out("run: deploy.yml (push)", known)
    assert may_be_left_out("deploy / tell (pull_request)", known)
    assert not may_be_left_out("other / ship (push)", known[1:])


@pytest.mark.parametrize("condition", OF_OTHERS_WORDS)
def test_a_job_that_words_of_others_decide_about_is_waited_for(condition: str) -> None:
    """A stranger names the issue, and so the pull request, the branch and the commit: skipped by that it tested nothing."""
    jobs = f'jobs:\n  ship: {{runs-on: x, if: "{condition}"}}\n  tell: {{runs-on: x, needs: [ship]}}\n'
    assert not may_be_left_out(DEPLOY, [workflow("push", jobs)])
    assert not may_be_left_out("deploy / tell (push)", [workflow("push", jobs)])


def test_in_doubt_a_skipped_check_is_waited_for() -> None:
    """Of no known job, of a file that was not understood, or of two jobs of which one runs always."""
    conditional = workflow("push", "jobs:\n  ship: {runs-on: x, if: \"github.ref == 'x'\"}\n")
    assert may_be_left_out("ship", [conditional])
    assert not may_be_left_out("security-scan", [conditional])
    assert not may_be_left_out("ship", [conditional, Workflow(path="a.yml")])
    assert not may_be_left_out("ship", [conditional, workflow("push", name="other")])
    two = workflow("push", "jobs:\n  ship: {runs-on: x, if: \"github.ref == 'x'\"}\n  test: {runs-on: x}\n")
    assert may_be_left_out("ship", [two])
    assert not may_be_left_out("run: deploy.yml (push)", [two])
