import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from tamma_core.domain.guard import GuardReport, Verdict
from tamma_core.domain.ids import Sha
from tamma_core.domain.rules import Rules
from tamma_core.guards.diff_guard import diff_hash
from tamma_core.guards.known_values import KnownValues
from tamma_core.guards.policy import RULES, GuardPolicy
from unit.core.guards.cases import APPENDED, FIRES, JS, PY, SILENT, Case
from unit.core.guards.changes import HEAD, Trees, findings

RULES_OF_THE_REPOSITORY = Rules(allowed_paths=(("*", "!/closed/"),), protected_paths=(("/kept/",),))
CANARY = "zeta9-Kq7/Wm2+Xr4=Tb6"


async def judged(case: Case) -> GuardReport:
    trees = Trees().add(case.path, case.old, case.new, old_path=case.old_path, modes=case.modes)
    for path, (old, new) in case.also.items():
        trees.add(path, old, new)
    return await trees.inspect(GuardPolicy(rules=RULES_OF_THE_REPOSITORY))


def cases(table: dict[str, tuple[Case, ...]]) -> list[pytest.ParameterSet]:
    return [pytest.param(rule, case, id=f"{rule}-{n}") for rule, found in table.items() for n, case in enumerate(found)]


def test_every_rule_has_both_kinds_of_cases() -> None:
    """No rule is in the table without a change that sets it off and one that does not."""
    assert FIRES.keys() == RULES.keys() == SILENT.keys()


@pytest.mark.parametrize(("rule", "case"), cases(dict(FIRES)))
async def test_rule_fires(rule: str, case: Case) -> None:
    """The rule speaks, as gravely as the table says, and names the file."""
    report = await judged(case)
    spoken = [finding for finding in report.findings if finding.rule == rule]
    assert spoken, report.findings
    assert {finding.verdict for finding in spoken} == {RULES[rule].verdict}
    assert report.verdict in {Verdict.HUMAN, Verdict.REFUSE}


@pytest.mark.parametrize(("rule", "case"), cases(dict(SILENT)))
async def test_rule_stays_silent_on_the_near_miss(rule: str, case: Case) -> None:
    """The nearest harmless change does not set the rule off."""
    report = await judged(case)
    assert rule not in {finding.rule for finding in report.findings}, report.findings


@pytest.mark.parametrize(
    ("files"),
    [
        {"src/calc.py": ("def add(a, b):\n    return a - b\n", "def add(a, b):\n    return a + b\n")},
        {"src/calc.py": ("x = 1\n", "x = 2\n"), "tests/test_add.py": (PY, APPENDED)},
        {"lib/add.js": ("a\n", "b\n"), "add.test.js": (JS, JS + "\ntest('more', () => {\n  expect(1).toBe(1);\n});\n")},
        {"README.md": ("a\n", "b\n"), "tests/test_new.py": (None, PY)},
    ],
)
async def test_an_honest_change_passes(files: dict[str, tuple[str | None, str | None]]) -> None:
    """A fix with a test of its own meets no human."""
    assert await findings(files) == ()


@pytest.mark.parametrize(
    "hidden", [CANARY, "emV0YTktS3E3L1dtMitYcjQ9VGI2", "zeta9-Kq7%2FWm2%2BXr4%3DTb6", CANARY[4:17]]
)
async def test_known_values_are_refused_in_any_dress(hidden: str) -> None:
    """A known value, its base64, its URL form and a piece of it are refused, and the reason does not quote it."""
    found = await findings(
        {"a.py": ("x = 1\n", f"x = 1\ny = '{hidden}'\n")}, GuardPolicy(known_secrets=KnownValues([CANARY]))
    )
    assert [(f.rule, f.verdict) for f in found if f.rule == "secret"] == [("secret", Verdict.REFUSE)]
    assert all(hidden not in f"{f.path}{f.reason}" for f in found)
    assert "line 2" in found[0].reason


async def test_a_known_value_split_over_lines_is_refused() -> None:
    """Cutting a value into short pieces on lines of their own does not hide it."""
    pieces = "".join(f"    '{CANARY[i : i + 5]}',\n" for i in range(0, len(CANARY), 5))
    found = await findings(
        {"a.py": ("x = 1\n", f"x = 1\ny = (\n{pieces})\n")}, GuardPolicy(known_secrets=KnownValues([CANARY]))
    )
    assert "secret" in {f.rule for f in found}


async def test_a_value_in_a_path_is_refused_without_being_shown() -> None:
    """A file named after a secret is refused and its name not repeated."""
    found = await findings(
        {f"a/{CANARY.replace('/', '')}": (None, "x\n")}, GuardPolicy(known_secrets=KnownValues([CANARY]))
    )
    assert Verdict.REFUSE in {f.verdict for f in found if f.rule == "secret"}


@pytest.mark.parametrize("sizes", [(1 << 40, 0), (0, 1 << 40)])
async def test_what_memory_cannot_hold_is_refused_unread(sizes: tuple[int, int]) -> None:
    """A change of files that say to be endless is refused before any of them is asked for."""
    trees = Trees()
    for number in range(20):
        trees.add(f"{number}.txt", "x\n", "y\n")
    trees.changes = [replace(change, old_size_bytes=sizes[0], new_size_bytes=sizes[1]) for change in trees.changes]
    trees.blobs.clear()
    report = await trees.inspect()
    assert [(finding.rule, finding.verdict) for finding in report.findings] == [("unread_change", Verdict.REFUSE)]


@pytest.mark.parametrize(
    ("there", "new"),
    [
        ("README.md", "readme.md"),
        ("src/app.py", "SRC/other.txt"),
        ("src/app.py", "src/App.py/x"),
        ("docs/\u00e9t\u00e9.md", "docs/e\u0301t\u00e9.md"),
        ("docs/\u00c9T\u00c9.md", "docs/e\u0301t\u00e9.md"),
        ("stra\u00dfe/a", "STRASSE/b"),
    ],
)
async def test_a_new_name_is_compared_with_those_that_stay(there: str, new: str) -> None:
    """A name that another system takes for one of the base's goes to a person, though the change leaves that one alone."""
    report = await Trees("LICENSE", there).add(new, None, "x\n").inspect()
    assert [finding.rule for finding in report.findings] == ["case_collision"]


async def test_a_base_that_collides_already_is_not_held_against_a_change() -> None:
    """New files in one of two folders alike, edits of one of two files alike, and a name that became free are silent."""
    trees = Trees("Src/a.txt", "src/a.txt").add("src/new.txt", None, "x\n").add("Src/b.txt", None, "x\n")
    assert (await trees.add("NOTES", "x\n", None).add("notes", None, "y\n").inspect()).findings == ()


async def test_many_files_are_a_large_change() -> None:
    """The number of files is bounded too."""
    found = await findings({f"{n}.txt": (None, "x\n") for n in range(51)})
    assert [f.rule for f in found] == ["large_change"]


def test_the_hash_names_the_whole_difference() -> None:
    """Order does not matter; path, mode, old and new content do."""
    one = Trees().add("a", "1", "2").add("b", None, "3").change_set()
    two = Trees().add("b", None, "3").add("a", "1", "2").change_set()
    assert diff_hash(one) == diff_hash(two)
    others = [
        Trees().add("a", "0", "2").add("b", None, "3").change_set(),
        Trees().add("c", "1", "2").add("b", None, "3").change_set(),
        replace(one, changes=one.changes[:1]),
        Trees().add("a", "1", "2").add("b", None, "4").change_set(),
        Trees().add("a", "1", "2").add("b", None, "3", modes=("", "100755")).change_set(),
    ]
    assert len({diff_hash(one), *map(diff_hash, others)}) == len(others) + 1


def test_the_hash_outlives_a_base_that_moves_elsewhere() -> None:
    """Commits are not part of it: a busy repository voids nobody's approval."""
    one = Trees().add("a", "1", "2").change_set()
    assert diff_hash(replace(one, base=HEAD, head=Sha("c" * 40))) == diff_hash(one)


def test_the_hash_is_too_long_to_search_for_a_second_difference() -> None:
    """Half of its bits cost as much work as nobody has: two changes with one name cannot be made to order."""
    assert len(diff_hash(Trees().add("a", "1", "2").change_set())) * 4 >= 128


@settings(deadline=None)
@given(
    st.sampled_from(
        [
            "tests/test_a.py",
            "a.test.js",
            "a_test.go",
            "pyproject.toml",
            "package.json",
            "setup.cfg",
            "go.mod",
            "Cargo.toml",
            ".gitignore",
        ]
    ),
    st.one_of(st.binary(max_size=300), st.text(max_size=300)),
    st.one_of(st.none(), st.binary(max_size=300), st.text(max_size=300)),
)
async def test_garbage_is_judged_not_raised(path: str, old: bytes | str, new: bytes | str | None) -> None:
    """Whatever stands in the files, the guard answers with findings of its own rules."""
    report = await Trees().add(path, old, new).inspect()
    assert {finding.rule for finding in report.findings} <= RULES.keys()


@settings(deadline=None)
@given(
    st.text(min_size=1, max_size=40),
    st.sampled_from(["100644", "100755", "120000", "160000", "x"]),
    st.text(max_size=40),
)
async def test_any_path_and_mode_is_judged(path: str, mode: str, content: str) -> None:
    """Strange names and modes never escape, and what is shown of them is printable."""
    report = await Trees().add(path, None, content, modes=("", mode)).inspect()
    assert all(f"{f.path}{f.reason}".isprintable() for f in report.findings)


@pytest.mark.timeout(40)
@pytest.mark.parametrize("path", ["a.ex", "a.md", "a.py", "a.rst", "go.mod"])
@pytest.mark.parametrize("filler", ["\n", " ", "\x0c\n", ">>> f()\nTraceback (most recent call last):\n\x0c\n"])
async def test_a_file_that_is_made_to_take_long_is_judged(path: str, filler: str) -> None:
    """Nothing takes time by the square of what stands in a file: a worker that stands still loses its task, and the next one too."""
    new = f"x\n>>>x\n{filler * (100_000 // len(filler))}\n"
    report = await Trees().add(path, "x\n", new).inspect()
    assert {finding.rule for finding in report.findings} <= RULES.keys()
