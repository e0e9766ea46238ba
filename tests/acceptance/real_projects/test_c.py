"""A real defect of a real library in C, fixed end to end under continuous integration, the library's own tests being the judge."""

from pathlib import Path

import pytest
from acceptance.real_projects.archives import debian_source
from acceptance.real_projects.merging import checkout, fixed_under_ci, play_to_merge, printed, repairing, workflow
from rehearsal.story import Stage

pytestmark = [
    pytest.mark.timeout(1800),
    pytest.mark.needs("cmake"),
    pytest.mark.needs("debian12"),
    pytest.mark.usefixtures("actions_runner"),
    pytest.mark.enable_socket,
]

TITLE = "A JSON pointer with a letter finds an element of an array"
BODY = """`cJSONUtils_GetPointer(array, "/0A")` is refused, as it should be, but `"/1A"` is taken for an index: it finds element 27 of an
array that has so many. By RFC 6901 an index consists of digits alone, so I expect `NULL`."""

WORKFLOW = workflow(
    "cmake -S . -B build -DENABLE_CJSON_UTILS=On", "cmake --build build --parallel 2", "ctest --test-dir build"
)
OLD = "(pointer[position] >= '0') && (pointer[0] <= '9')"
REPAIR = OLD.replace("[0]", "[position]")
MAIN = """int main(void)
{
    UNITY_BEGIN();

    RUN_TEST(cjson_utils_functions_shouldnt_crash_with_null_pointers);
"""
TEST = """static void pointers_into_arrays_should_be_digits(void)
{
    int i = 0;
    cJSON *array = cJSON_CreateArray();
    for (i = 0; i < 30; i++)
    {
        cJSON_AddItemToArray(array, cJSON_CreateNumber(i));
    }

    TEST_ASSERT_NULL(cJSONUtils_GetPointer(array, "/1A"));
    TEST_ASSERT_EQUAL_INT(27, cJSONUtils_GetPointer(array, "/27")->valueint);

    cJSON_Delete(array);
}

"""
TESTED = TEST + MAIN + "    RUN_TEST(pointers_into_arrays_should_be_digits);\n"
PROGRAM = """#include <stdio.h>
#include "cJSON_Utils.h"

int main(void)
{
    int i;
    cJSON *array = cJSON_CreateArray();
    for (i = 0; i < 30; i++)
        cJSON_AddItemToArray(array, cJSON_CreateNumber(i));
    printf("%d %d\\n", cJSONUtils_GetPointer(array, "/1A") != NULL, cJSONUtils_GetPointer(array, "/27") != NULL);
    return 0;
}
"""


async def test_letters_in_a_pointer(stage: Stage, tmp_path: Path) -> None:
    """The tests are built as CI's options say, on base and change; a program of old tests is red on the base with the new case."""
    checksum = "5308fd4bd90cef7aa060558514de6a1a4a0819974a26e6ed13973c5f624c24b2"
    files = debian_source("cjson_1.7.15.orig.tar.gz", checksum)
    script = repairing(("tests/misc_utils_tests.c", MAIN, TESTED), ("cJSON_Utils.c", OLD, REPAIR))
    async with stage(script, {**files, **WORKFLOW}, TITLE, BODY) as story:
        state, report = await play_to_merge(story)
        fixed_under_ci(state, report, new_tests=0)
        assert "-DENABLE_CJSON_UTILS=On" in report.command
        assert report.tests_run_on_base == 22
        assert [approval.by for approval in state.diff_approvals] == [story.people.maintainer.name]
        merged = checkout(story, tmp_path / "merged")
        (merged / "shown.c").write_text(PROGRAM)
        printed(["cc", "-o", "shown", "shown.c", "cJSON.c", "cJSON_Utils.c", "-lm"], merged)
        assert printed(["./shown"], merged) == "0 1\n"
