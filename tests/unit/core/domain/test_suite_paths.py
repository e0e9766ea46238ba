"""Tell tests from sources by their paths."""

import pytest
from tamma_core.domain.suite_paths import is_test_path


@pytest.mark.parametrize(
    "path",
    [
        "src/tests.rs",
        "src/parser/tests.rs",
        "testing/helpers.py",
        "spec/support/people.rb",
        "gems/mail/spec/support/people.rb",
        "src/spec/spec_helper.rb",
        "src/app/spec/login.spec.ts",
        "src/test/java/spec/Given.java",
    ],
)
def test_tests_and_what_they_read_are_known(path: str) -> None:
    """A module of Rust's tests is one, and folders of tests are where projects have them."""
    assert is_test_path(path)


@pytest.mark.parametrize(
    "path",
    [
        "src/pkg/testing/api.py",
        "numpy/testing/api.py",
        "packages/core/testing/index.ts",
        "src/spec/parser.rs",
        "lib/specs/reader.ts",
        "internal/spec/reader.go",
        "src/commands/test.rs",
    ],
)
def test_parts_of_a_program_are_no_tests(path: str) -> None:
    """What a program ships under such a name is built and imported by it."""
    assert not is_test_path(path)
