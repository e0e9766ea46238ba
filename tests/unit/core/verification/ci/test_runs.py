from pathlib import Path

import pytest
from tamma_core.verification.ci.document import read_yaml
from tamma_core.verification.ci.runs import ci_runs

ACTIONS = """
on: push
defaults: {run: {working-directory: all}}
jobs:
  one:
    defaults: {run: {working-directory: ./job/}}
    steps:
      - uses: a/b@v4
        with: {run: not a command}
      - run: |
          # a remark
          make \\
            test
      - {run: step, working-directory: step}
      - {run: Write-Host x, shell: pwsh}
      - {run: bash it, shell: "bash -e {0}"}
  two:
    steps: [{run: two}]
"""
GITLAB = """
include: {local: x.yml}
variables: {script: no}
.base: {script: [base]}
test:
  before_script: [!reference [.base, script], [nested, [twice]]]
  script: "one\\ntwo"
  after_script: [later]
odd: !unknown {script: x}
"""
CIRCLE = """
jobs:
  a:
    working_directory: ~/project
    steps: [checkout, {run: short}, {run: {command: long, working_directory: sub}}, {save_cache: {paths: [x]}}]
"""
AZURE = "stages: [{jobs: [{steps: [{script: s}, {bash: b, workingDirectory: w}, {task: T}]}]}]\nsteps: [{script: top}]"
TRAVIS = "install: pip install x\nscript: [make, make test]\nmatrix: {include: [{script: no}]}"
WOODPECKER = "steps: [{name: a, image: i, commands: [one, two]}]"
DRONE = "pipeline: {t: {commands: [one], directory: d}}"


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        (
            ".forgejo/workflows/a.yaml",
            ACTIONS,
            [("job", ["make test"]), ("step", ["step"]), ("job", ["bash it"]), ("all", ["two"])],
        ),
        (
            ".gitlab-ci.yml",
            GITLAB,
            [("", ["base"]), ("", ["base"]), ("", ["nested"]), ("", ["twice"]), ("", ["one", "two"])],
        ),
        (".circleci/config.yml", CIRCLE, [("", ["short"]), ("sub", ["long"])]),
        ("azure-pipelines.yml", AZURE, [("", ["top"]), ("", ["s"]), ("w", ["b"])]),
        (".travis.yml", TRAVIS, [("", ["pip install x"]), ("", ["make"]), ("", ["make test"])]),
        (".woodpecker/a.yml", WOODPECKER, [("", ["one"]), ("", ["two"])]),
        (".drone.yml", DRONE, [("d", ["one"])]),
    ],
    ids=["actions", "gitlab", "circle", "azure", "travis", "woodpecker", "drone"],
)
def test_each_forges_files_are_read(tmp_path: Path, name: str, text: str, found: list[tuple[str, list[str]]]) -> None:
    """Only what a step runs in a shell is a command, at the folder that step, job or file names."""
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text(text)
    assert [(run.folder, list(run.lines)) for run in ci_runs(tmp_path)] == found
    assert {run.file for run in ci_runs(tmp_path)} == {name}


def test_aliases_that_multiply_are_read_to_a_bound(tmp_path: Path) -> None:
    """A bomb of aliases below a job costs a bounded number of visits."""
    lines = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
    job = "\n".join([*lines, "job: {script: *a29}", "test: {script: [make test]}"])
    (tmp_path / ".gitlab-ci.yml").write_text(job)
    runs = ci_runs(tmp_path)
    assert len(runs) <= 2000
    assert runs[-1].lines == ("make test",)


def test_references_that_lead_in_a_circle_end(tmp_path: Path) -> None:
    """A script that refers to itself holds nothing."""
    (tmp_path / ".gitlab-ci.yml").write_text(
        "a: {script: [!reference [b, script]]}\nb: {script: [!reference [a, script], x]}"
    )
    assert {run.lines for run in ci_runs(tmp_path)} == {("x",)}


def test_a_document_of_any_length_is_not_parsed() -> None:
    """YAML far longer than any settings is refused before the slow parser sees it."""
    assert read_yaml("a: 1") == {"a": 1}
    assert read_yaml("a: 1\n" + "# x\n" * 100_000) is None
