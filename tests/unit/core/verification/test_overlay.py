"""Lay tests over another source."""

import shutil
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from tamma_core.verification.overlay import linked_places, overlay_tests, restore_tests

OLD = "pub fn a() -> i32 { 1 }\n"
NEW = "pub fn a() -> i32 { 2 }\n"
TESTS = "\n#[cfg(test)]\nmod tests {\n    use super::*;\n\n    #[test]\n    fn two() {\n        assert_eq!(a(), 2);\n    }\n}\n"
FEWER = "\n#[cfg(test)]\n#[allow(unused)]\nmod tests {\n    use super::*;\n}\n"


def laid(tmp_path: Path, new: dict[str, str], old: dict[str, str]) -> tuple[tuple[str, ...], dict[str, str]]:
    """Answer what was written, and the old tree after it."""
    for folder, files in (("new", new), ("old", old)):
        for name, content in files.items():
            (tmp_path / folder / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / folder / name).write_text(content)
    written = overlay_tests(tmp_path / "new", tmp_path / "old")
    return written, {name: (tmp_path / "old" / name).read_text() for name in old}


@pytest.mark.parametrize("before", ["", TESTS.replace("2", "1"), FEWER])
def test_a_module_of_tests_is_taken_over_alone(tmp_path: Path, before: str) -> None:
    """The source above the tests stays the old one; what stood at its end goes."""
    written, tree = laid(tmp_path, {"src/lib.rs": NEW + TESTS}, {"src/lib.rs": OLD + before})
    assert written == ("src/lib.rs",)
    assert tree["src/lib.rs"].replace("\n", "") == (OLD + TESTS).replace("\n", "")


@pytest.mark.parametrize(
    "new",
    [NEW, NEW + TESTS + NEW, NEW + TESTS.replace("cfg(test)", "cfg(any())"), TESTS.replace("mod tests", "impl X")],
)
def test_what_is_not_a_module_of_tests_at_the_end_is_left(tmp_path: Path, new: str) -> None:
    """Nothing of the new source comes over with it."""
    assert laid(tmp_path, {"src/lib.rs": new}, {"src/lib.rs": OLD}) == ((), {"src/lib.rs": OLD})


DECLARED = '#[allow(unused)]\n#[cfg(test)]\n#[path = "checks.rs"]\nmod tests;\n'


def test_the_declaration_of_a_file_of_tests_is_taken_over_alone(tmp_path: Path) -> None:
    """A file of tests that nothing names would not be run."""
    new = {"src/lib.rs": DECLARED + NEW, "src/tests.rs": "#[test]\nfn a() {}\n"}
    written, tree = laid(tmp_path, new, {"src/lib.rs": OLD + TESTS})
    assert sorted(written) == ["src/lib.rs", "src/tests.rs"]
    assert tree["src/lib.rs"].replace("\n", "") == (OLD + DECLARED).replace("\n", "")


@pytest.mark.parametrize("base", [OLD, OLD + DECLARED, OLD + TESTS], ids=["none", "named", "inside"])
@pytest.mark.parametrize("head", [NEW, DECLARED + NEW, NEW + TESTS], ids=["none", "named", "inside"])
def test_tests_among_sources_are_restored(tmp_path: Path, base: str, head: str) -> None:
    """A source has the base's tests and names the base's files, and a new source has none."""
    for folder, text in (("base", base), ("head", head)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "lib.rs").write_text(text)
    (tmp_path / "head" / "more.rs").write_text(head)
    written = restore_tests(tmp_path / "base", tmp_path / "head")
    assert set(written) == {
        *(["lib.rs"] if base.replace(OLD, "") != head.replace(NEW, "") else []),
        *(["more.rs"] if head != NEW else []),
    }
    restored = (tmp_path / "head" / "lib.rs").read_text().replace("\n", "")
    assert sorted(restored) == sorted(base.replace(OLD, NEW).replace("\n", ""))
    assert (tmp_path / "head" / "more.rs").read_text().strip() == NEW.strip()


def test_tests_are_restored_whatever_stands_in_their_place(tmp_path: Path) -> None:
    """New ones go, changed ones come back, and neither a link nor a folder in the way is followed or left."""
    base = {"a.py": "1", "test_a.py": "a", "tests/b.py": "b", "tests/c/d.txt": "d", "lib/test_e.py": "e"}
    for folder in ("base", "head"):
        for name, content in base.items():
            (tmp_path / folder / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / folder / name).write_text(content)
    head, outside = tmp_path / "head", tmp_path / "outside"
    for folder in ("base", "head"):
        (tmp_path / folder / "tests" / "shared.txt").symlink_to("../a.py")
        (tmp_path / folder / "tests" / "changed.txt").symlink_to("../a.py")
    assert restore_tests(tmp_path / "base", head) == ()
    outside.mkdir()
    (outside / "d.txt").write_text("not ours")
    (head / "a.py").write_text("2")
    (head / "test_a.py").write_text("weaker")
    (head / "build").mkdir()
    (head / "build" / "test_new.py").write_text("new")
    (head / "test_link.py").symlink_to(outside / "d.txt")
    shutil.rmtree(head / "tests" / "c")
    (head / "tests" / "c").symlink_to(outside)
    (head / "tests" / "changed.txt").unlink()
    (head / "tests" / "changed.txt").symlink_to(outside / "d.txt")
    (head / "lib" / "test_e.py").unlink()
    (head / "lib" / "test_e.py").mkdir()
    assert restore_tests(tmp_path / "base", head)
    found = {str(path.relative_to(head)): path.read_text() for path in head.rglob("*") if path.is_file()}
    assert found == {**base, "a.py": "2", "tests/shared.txt": "2", "tests/changed.txt": "2"}
    links = {path.name: str(path.readlink()) for path in head.rglob("*") if path.is_symlink()}
    assert links == {"shared.txt": "../a.py", "changed.txt": "../a.py"}
    assert (outside / "d.txt").read_text() == "not ours"


@pytest.mark.parametrize("folder", ["src/App.Tests", "CalcTests", "src/testFixtures/java", "e2e", "unit_tests"])
def test_help_for_tests_is_restored_where_build_tools_keep_it(tmp_path: Path, folder: str) -> None:
    """What stands in a folder of tests judges with them, whatever its own name is."""
    base = linked(tmp_path / "base", {"app/Calc.cs": "1", f"{folder}/Usings.cs": "good"}, {})
    head = linked(tmp_path / "head", {"app/Calc.cs": "2", f"{folder}/Usings.cs": "bent", f"{folder}/Soft.cs": "x"}, {})
    assert restore_tests(base, head) == (f"{folder}/Soft.cs", f"{folder}/Usings.cs")
    assert held(head)[0] == {"app/Calc.cs": "2", f"{folder}/Usings.cs": "good"}


def linked(root: Path, files: dict[str, str], links: dict[str, str]) -> Path:
    """Write a tree of files and links."""
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content)
    for name, leads_to in links.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).symlink_to(leads_to)
    return root


def held(tree: Path) -> tuple[dict[str, str], dict[str, str]]:
    """Answer the files of a tree, and its links."""
    places = {str(path.relative_to(tree)): path for path in tree.rglob("*")}
    links = {name: str(path.readlink()) for name, path in places.items() if path.is_symlink()}
    return {name: path.read_text() for name, path in places.items() if path.is_file() and name not in links}, links


@pytest.mark.parametrize("link", ["tests", "lib/tests", "tests/cases"])
def test_a_link_that_became_a_folder_is_a_link_again(tmp_path: Path, link: str) -> None:
    """What the base has only by way of its link is not taken for its own: the folder in the link's place goes."""
    files = {"qa/conftest.py": "good", "qa/test_a.py": "good", "qa/data.txt": "1", "lib/a.py": "1"}
    links = {link: "../qa" if "/" in link else "qa"}
    base = linked(tmp_path / "base", files, links)
    bent = {f"{link}/{name}": "bent" for name in ("conftest.py", "test_a.py", "data.txt", "more/test_b.py")}
    head = linked(tmp_path / "head", {**files, **bent}, {})
    assert restore_tests(base, head)
    assert held(head) == (files, links)
    assert restore_tests(base, head) == ()


def test_a_folder_in_the_place_of_a_link_of_any_name_holds_no_tests_of_the_base(tmp_path: Path) -> None:
    """Where nothing says that a link is one for tests, what took its place has the same names as the base's tests, and goes."""
    base = linked(tmp_path / "base", {"qa/test_a.py": "good"}, {"checks": "qa"})
    head = linked(tmp_path / "head", {"qa/test_a.py": "good", "checks/test_a.py": "bent"}, {})
    assert restore_tests(base, head) == ("checks/test_a.py",)
    assert held(head) == ({"qa/test_a.py": "good"}, {})


def test_a_folder_of_tests_that_became_a_link_is_a_folder_again(tmp_path: Path) -> None:
    """A link where the base has none is taken away before anything is written through it."""
    base = linked(tmp_path / "base", {"tests/a.py": "a"}, {})
    head = linked(tmp_path / "head", {"qa/a.py": "bent"}, {"tests": "qa", "lib/tests": "../qa"})
    assert restore_tests(base, head)
    assert held(head) == ({"tests/a.py": "a", "qa/a.py": "bent"}, {})


def test_a_link_that_became_a_file_is_a_link_again(tmp_path: Path) -> None:
    """A file in the place of the base's link to its tests is no reason to give up."""
    base = linked(tmp_path / "base", {"qa/test_a.py": "good"}, {"tests": "qa"})
    head = linked(tmp_path / "head", {"qa/test_a.py": "good", "tests": "x"}, {})
    assert restore_tests(base, head) == ("tests",)
    assert held(head) == ({"qa/test_a.py": "good"}, {"tests": "qa"})


@pytest.mark.parametrize("lay", [restore_tests, overlay_tests])
@pytest.mark.parametrize("content", ["", "old", "same", "x" * 4])
@pytest.mark.parametrize(("mode", "other"), [(0o755, 0o644), (0o644, 0o755), (0o755, 0o755)])
def test_a_script_of_tests_can_be_run_where_it_could(
    tmp_path: Path, lay: Callable[[Path, Path], tuple[str, ...]], content: str, mode: int, other: int
) -> None:
    """A file that is written again, or is there in another mode, has the one permission that git knows."""
    source = linked(tmp_path / "source", {"tests/run.sh": "same"}, {})
    target = linked(tmp_path / "target", {"tests/run.sh": content} if content else {"a.py": ""}, {})
    (source / "tests" / "run.sh").chmod(mode)
    if content:
        (target / "tests" / "run.sh").chmod(other)
    assert lay(source, target) == (() if (content, mode) == ("same", other) else ("tests/run.sh",))
    assert (target / "tests" / "run.sh").stat().st_mode & 0o777 == mode
    assert (target / "tests" / "run.sh").read_text() == "same"


def test_a_large_file_is_not_held_in_memory(tmp_path: Path) -> None:
    """Data of tests is compared and copied in pieces, also where the difference is at its end."""
    source, target = (linked(tmp_path / side, {"tests/data.bin": ""}, {}) for side in ("source", "target"))
    for side in (source, target):
        with (side / "tests" / "data.bin").open("r+b") as file:
            file.truncate(64 << 20)
            file.seek(-1, 2)
            file.write(side.name[:1].encode())
    tracemalloc.start()
    assert restore_tests(source, target) == ("tests/data.bin",)
    assert restore_tests(source, target) == ()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 16 << 20


def restored(base: Path, head: Path) -> tuple[str, ...]:
    """Restore the tests and what the base's links among them lead to."""
    return restore_tests(base, head, places=linked_places(base))


SHARED = {"shared/help.py": "good", "shared/deep/more.py": "good", "lib/a.py": "good", "tests/test_a.py": "good"}


@pytest.mark.parametrize(
    "links",
    [
        {"tests/help.py": "../shared/help.py"},
        {"tests/shared": "../shared"},
        {"tests": "shared"},
        {"tests/help": "../support", "support/help.py": "../shared/help.py"},
        {"tests/first": "../second", "second": "shared"},
    ],
    ids=["file", "folder", "tests", "behind-another", "chain"],
)
def test_what_links_among_tests_lead_to_is_restored(tmp_path: Path, links: dict[str, str]) -> None:
    """Help for tests that lies outside of their folder judges as they do, and what is no test is left as the change has it."""
    files = {name: text for name, text in SHARED.items() if "tests" not in links or not name.startswith("tests/")}
    base = linked(tmp_path / "base", files, links)
    head = linked(tmp_path / "head", {**files, "lib/a.py": "new"}, links)
    assert restored(base, head) == ()
    (head / "shared" / "help.py").write_text("bent")
    assert restore_tests(base, head) == ()
    assert restored(base, head) == ("shared/help.py",)
    assert held(head) == ({**files, "lib/a.py": "new"}, links)


def test_what_stands_beside_what_a_link_leads_to_goes(tmp_path: Path) -> None:
    """In a folder that tests read through a link, nothing stays that the base does not have, and nothing is a link."""
    base = linked(tmp_path / "base", SHARED, {"tests/shared": "../shared"})
    head = linked(tmp_path / "head", SHARED, {"tests/shared": "../shared"})
    (head / "shared" / "deep").rename(head / "elsewhere")
    (head / "shared" / "deep").symlink_to("../elsewhere")
    (head / "shared" / "site.py").write_text("bent")
    assert restored(base, head)
    moved = {"elsewhere/more.py": "good"}
    assert held(head) == ({**SHARED, **moved}, {"tests/shared": "../shared"})


@pytest.mark.parametrize("leads_to", ["../../outside.py", "..", "../..", "help.py", "/"])
def test_links_out_of_the_tree_and_to_all_of_it_restore_nothing(tmp_path: Path, leads_to: str) -> None:
    """What is not the base's own, and what would take the change itself back, is left alone; so is a link to itself."""
    (tmp_path / "outside.py").write_text("not ours")
    base = linked(tmp_path / "base", SHARED, {"tests/help.py": leads_to})
    head = linked(tmp_path / "head", {**SHARED, "lib/a.py": "new"}, {"tests/help.py": leads_to})
    assert restored(base, head) == ()
    assert held(head)[0]["lib/a.py"] == "new"
