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
        "src/FluentValidation.Tests/NotNullTester.cs",
        "App.Test/Usings.cs",
        "Calc.UnitTests/Soft.cs",
        "CalcTests/Helpers.cs",
        "integration-tests/helpers.rs",
        "unit_tests/help.py",
        "tests_unit/help.py",
        "src/testFixtures/java/a/H.java",
        "lib/src/integrationTest/kotlin/a/H.kt",
        "src/androidTest/resources/a.txt",
        "src/it/java/a/H.java",
        "src/FooTest.cpp",
        "src/foo_unittest.cc",
        "src/foo-test.cc",
        "src/FooTests.h",
        "src/test-foo.cpp",
        "src/foo_tests.rs",
        "e2e/login.ts",
        "e2e/src/app.po.ts",
        "packages/web/cypress/support/commands.js",
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
        "src/test.c",
        "src/latest/java/a/H.java",
        "src/testcontainers/client.py",
        "src/testcontainers/java.py",
        "src/latest.cpp",
        "src/e2e/cipher.ts",
        "tokio-test/src/lib.rs",
        "lab_tests/models.py",
        "contests/views.py",
        "Lib/unittest/mock.py",
        "src/FluentValidation/TestHelper/Extensions.cs",
        "Akka.TestKit/Probe.cs",
    ],
)
def test_parts_of_a_program_are_no_tests(path: str) -> None:
    """What a program ships under such a name is built and imported by it."""
    assert not is_test_path(path)
