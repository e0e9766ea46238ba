"""Lay tests over another source."""

from pathlib import Path

import pytest
from tamma_core.verification.overlay import overlay_tests

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
