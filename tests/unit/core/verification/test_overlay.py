"""Lay tests over another source."""

import shutil
from pathlib import Path

import pytest
from tamma_core.verification.overlay import overlay_tests, restore_tests

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
