"""Rules that a repository holds, patterns of its paths, its workflows, and the whole configuration."""

import itertools
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tamma_config.load import load
from tamma_config.rules import read_policy
from tamma_core.domain.change import FileChange
from tamma_core.domain.errors import ConfigError
from tamma_core.domain.ids import Sha
from tamma_core.domain.rules import Rules, tighten
from tamma_core.guards.file_versions import FileVersions
from tamma_core.guards.path_patterns import check_pattern, rule_findings
from tamma_core.guards.workflows import Proposal, read_workflow, still_expected

from fuzz.material import changed_json, damaged, json_values, texts, typed

POLICY = b"""allowedPaths: [src/**, '!src/gen/']
protectedPaths: ['*.key']
approvers: [ada, Bob]
requiredApprovals: 2
mergeMethod: squash
costUsd: 1.5
attempts: 2
openPullRequests: 3
requiredLabels: [tamma, tamma]
quietHours: [{start: "22:00", end: "06:00", timeZone: Europe/Berlin, days: [sat, sun]}]
"""
CONFIG = b"""aiProvider:
  default: main
  providers:
    - {name: main, type: anthropic-claude, apiKey: "${KEY}", model: m, options: {price: {input: 1, output: 1}}}
  perWorkflowProviders: {code-generation: main}
gitPlatform:
  platforms:
    - {name: home, type: gitea, baseUrl: https://forge.example, token: "${TOKEN}"}
limits: {costUsd: 5, steps: 20}
rules: {protectedPaths: ['*.key']}
merge: {settleSeconds: 0, pollSeconds: 0.3}
"""
WORKFLOW = {
    "name": "ci",
    "on": {"push": {"branches": ["main", "!x"]}, "pull_request": {"paths": ["src/**", "*.md"], "types": ["opened"]}},
    "jobs": {"a": {"name": "A", "if": "${{ success() }}"}, "b": {"needs": ["a"], "strategy": {}, "uses": "x"}},
}
PROPOSAL = Proposal(base="main", prefix="tamma/", paths=("src/a.py", "docs/b.md"))
names = st.text("abcA.-_\u00e9", min_size=1, max_size=12).filter(lambda name: set(name) != {"."})
paths = st.lists(names, min_size=1, max_size=4).map("/".join)
patterns = st.lists(
    st.sampled_from(["*", "**", "/", "?", "[a-", "]", "!", "\\", " ", "#", "a", ".", "\u00e9"]), max_size=14
)
numbers = itertools.count()
on_files = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@given(damaged([POLICY]) | texts.map(lambda text: text.encode("utf-8", "replace")))
@example(b"costUsd: 1e999999999\n")
@example(b"quietHours: [{start: 1e9, end: [], timeZone: ../../etc/passwd}]\n")
def test_policy_is_rules_or_an_error_in_words(data: bytes) -> None:
    """What a repository holds there is read, or refused by name; said twice it is no stricter than said once."""
    rules = typed(lambda: read_policy(".tamma/policy.yaml", data))
    if rules is not None:
        once = tighten(Rules(), rules)
        assert tighten(once, rules) == once


def touched(path: str, rules: Rules) -> list[str]:
    """Answer which rules speak about a file."""
    one = Sha("a" * 40)
    change = FileChange(
        path=path,
        kind="added",
        old_mode="",
        new_mode="100644",
        old_blob=one,
        new_blob=one,
        old_size_bytes=0,
        new_size_bytes=1,
    )
    return [finding.rule for finding in rule_findings(FileVersions(change, None, b"x"), rules)]


@given(patterns.map("".join) | texts, paths | texts)
@example("*a" * 12 + "b", "a" * 200)
@example("*a" * 3 + "b", "a" * 250)
@example("**/a/" * 12 + "b", "a/" * 400 + "c")
@example("**/a/" * 2 + "b", "a/" * 400 + "c")
def test_pattern_is_refused_or_ends_with_an_answer(pattern: str, path: str) -> None:
    """No pattern takes an age for a path, and what allows nothing protects nothing."""
    try:
        check_pattern(pattern)
    except ValueError:
        return
    group = ((pattern,),)
    outside, inside = touched(path, Rules(allowed_paths=group)), touched(path, Rules(protected_paths=group))
    assert set(outside) <= {"outside_paths"}
    assert outside or inside


@given(paths, names)
def test_plain_name_protects_just_its_file(path: str, other: str) -> None:
    """A path that holds nothing special means itself, in whatever case, and no file beside it."""
    rules = Rules(protected_paths=((check_pattern(f"/{path}"),),))
    assert touched(path, rules) == touched(path.upper(), rules) == ["protected_path"]
    assert not touched(f"{path}{other}", rules)


@given(changed_json([WORKFLOW]) | json_values, st.lists(paths | texts, max_size=3))
@example({"on": {"pull_request": {"paths": ["*a" * 12 + "b"]}}, "jobs": {"a": {}}}, ["a" * 300])
@example({"on": {"pull_request": {"paths-ignore": ["*a" * 12 + "b"]}}, "jobs": {"a": {}}}, ["a" * 300])
def test_workflow_expects_no_more_than_was_asked(document: object, touching: list[str]) -> None:
    """Whatever a file says, checks are left out of those that were expected, and none is added."""
    workflow = read_workflow(".github/workflows/ci.yml", document)
    proposal = Proposal(base="main", prefix="tamma/", paths=tuple(touching))
    asked = frozenset({"A", "ci / A", "elsewhere"})
    assert "elsewhere" in still_expected(asked, [workflow], proposal) <= asked


@pytest.mark.parametrize("ending", [".yaml", ".json"])
@on_files
@given(data=damaged([CONFIG]) | texts.map(lambda text: text.encode("utf-8", "replace")), word=texts)
def test_configuration_is_loaded_or_refused_in_words(ending: str, data: bytes, word: str, tmp_path: Path) -> None:
    """From file and environment together comes a configuration, or an error that says where and repeats no secret."""
    file = tmp_path / f"{next(numbers)}{ending}"
    file.write_bytes(data)
    environ = {"KEY": "canary-key-0123456789", "TOKEN": "canary-token-0123456789", "TAMMA_LIMITS__COST_USD": word}
    try:
        said = " ".join(load(environ, home=tmp_path, chosen=file).warnings)
    except ConfigError as error:
        said = f"{error} {error.hint}"
    assert "canary" not in said
