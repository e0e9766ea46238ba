"""The rehearsed model: its words were thought out beforehand, but it looks at what it is sent before it says them."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tamma_core.agent import prompts
from tamma_core.domain.errors import InvalidInput
from tamma_core.domain.messages import JsonObject
from tamma_core.domain.record import Record
from tamma_providers.testing.replies import Answer, AskedTool, Reply

NEW_TEST = """    def test_the_shares_add_up_to_the_bill(self) -> None:
        for total, people in ((1000, 3), (1001, 3), (1, 4), (0, 2), (9999, 7)):
            with self.subTest(total=total, people=people):
                shares = split_evenly(total, people)
                self.assertEqual(sum(shares), total)
                self.assertLessEqual(max(shares) - min(shares), 1)

    def test_those_named_first_pay_the_extra_cents(self) -> None:
        self.assertEqual(split_evenly(1001, 3), [334, 334, 333])

"""
NEW_CODE = """    share, extra = divmod(total, people)
    return [share + 1] * extra + [share] * (people - extra)
"""
RED_TEST = "test_the_shares_add_up_to_the_bill"
_MARK = re.compile(r"\A<output-[0-9a-f]{16}>\n|\n</output-[0-9a-f]{16}>\Z")
_NUMBERED = re.compile(r"^ *\d+  ", re.MULTILINE)


class Seen(Record, frozen=True):
    """Hold what the model is shown: its task, and what its tools gave back so far."""

    task: str
    results: Sequence[str]

    @property
    def last(self) -> str:
        """Answer the newest result, without the marks of data round it."""
        return _MARK.sub("", self.results[-1]) if self.results else ""

    @property
    def last_file(self) -> str:
        """Answer the newest result as the file that was read, without line numbers."""
        return _NUMBERED.sub("", self.last)

    def expect(self, pattern: str, what: str) -> re.Match[str]:
        """Find something in the newest result; raise `InvalidInput` when it is not there."""
        found = re.search(pattern, self.last, re.MULTILINE)
        if found is None:
            raise InvalidInput(f"I expected {what}, and was shown: {self.last[:300]!r}")
        return found

    def files(self) -> tuple[str, ...]:
        """Read from the task which files matter."""
        found = re.search(r"^Files: (.+)$", self.task, re.MULTILINE)
        if found is None:
            raise InvalidInput("the task names no files")
        return tuple(name.strip() for name in found[1].split(","))


Turn = Callable[[Seen], Answer]


def rehearsed(request: JsonObject) -> Reply:
    """Answer a request of the Messages API; what was not rehearsed is said, and nothing is pretended."""
    seen = _seen(request)
    turns = next((turns for start, turns in _ROLES.items() if seen.task.startswith(start)), ())
    try:
        if len(seen.results) >= len(turns):
            raise InvalidInput("I am asked for more than I rehearsed")
        return turns[len(seen.results)](seen)
    except InvalidInput as error:
        return Answer(text=f"This is not what I rehearsed, so I stop: {error.message}")


def _seen(request: JsonObject) -> Seen:
    asked: dict[str, Any] = dict(request)
    parts = [part for message in asked["messages"] if message["role"] == "user" for part in _parts(message["content"])]
    texts = [part["text"] for part in parts if part["type"] == "text"]
    results = [_text(part.get("content", "")) for part in parts if part["type"] == "tool_result"]
    return Seen(texts[0], results)


def _parts(content: Any) -> list[dict[str, Any]]:  # JSON of the vendor's making
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def _text(content: Any) -> str:
    return content if isinstance(content, str) else "".join(part.get("text", "") for part in content)


def _call(said: str, tool: str, **arguments: object) -> Answer:
    known: Any = arguments
    return Answer(text=said, tools=(AskedTool(name=tool, arguments=known),))


def _look_for_the_function(_: Seen) -> Answer:
    return _call("The issue names `split_evenly`. Where is it?", "search", pattern="def split_evenly", glob="*.py")


def _read_the_function(seen: Seen) -> Answer:
    found = seen.expect(r"^(?:\./)?([^:\n]+\.py):\d+:def split_evenly", "one place where `split_evenly` is defined")
    return _call("There. What does it do?", "read_file", path=found[1])


def _analysed(seen: Seen) -> Answer:
    seen.expect(r"return \[total // people\] \* people", "a division that drops the remainder")
    return _call(
        "The division drops the remainder, and nobody is asked for it.",
        "finish",
        summary="`split_evenly` divides and drops the remainder, so the shares add up to less than the bill.",
        complexity="low",
        files=["fairshare/split.py"],
    )


def _look_for_tests(_: Seen) -> Answer:
    return _call("Which tests speak about it?", "search", pattern="split_evenly\\(", path="tests")


def _planned(seen: Seen) -> Answer:
    found = seen.expect(r"^(?:\./)?(tests/[^:\n]+\.py):\d+:", "tests that call `split_evenly`")
    return _call(
        "The tests only know bills that come out even.",
        "finish",
        summary="Give the cents that are left over to those who are named first.",
        steps=[
            "Add tests: the shares add up to the bill, differ by a cent at most, and the first pay the extra cents.",
            "Divide with remainder in `split_evenly` and hand the remainder out.",
        ],
        files=[*seen.files(), found[1]],
        tests=["the shares add up to the bill, for several bills", "those named first pay the extra cents"],
        reproduction=f"`{RED_TEST}` fails before the change",
        risks=["callers that rely on all shares being equal; there are none in this repository"],
    )


def _read_the_tests(seen: Seen) -> Answer:
    return _call("First a test that shows the defect.", "read_file", path=_test_file(seen))


def _add_tests(seen: Seen) -> Answer:
    before = seen.expect(
        r"^ *\d+  (    def test_one_person_pays_everything\(self\) -> None:)$", "the test after which mine belong"
    )
    return _call("", "edit_file", path=_test_file(seen), old=f"{before[1]}\n", new=f"{NEW_TEST}{before[1]}\n")


def _run_red(seen: Seen) -> Answer:
    seen.expect(r"^edited ", "my edit to be made")
    return _call("Is it red?", "run_tests", selection=[])


def _read_again(seen: Seen) -> Answer:
    seen.expect(r"\d+ (failed|error)", "red tests")
    seen.expect(RED_TEST, "the new test among them")
    return _call("Red, as the issue says. Now the code.", "read_file", path=seen.files()[0])


def _repair(seen: Seen) -> Answer:
    line = seen.expect(r"^ *\d+  (    return \[total // people\] \* people)$", "the line that drops the remainder")
    return _call("", "edit_file", path=seen.files()[0], old=f"{line[1]}\n", new=NEW_CODE)


def _run_green(seen: Seen) -> Answer:
    seen.expect(r"^edited ", "my edit to be made")
    return _call("And now?", "run_tests", selection=[])


def _implemented(seen: Seen) -> Answer:
    seen.expect(r"\d+ passed", "tests that pass")
    if re.search(r"\d+ (failed|error)|problem:", seen.last):
        raise InvalidInput(f"I expected green tests, and was shown: {seen.last[:300]!r}")
    return _call(
        "Green.",
        "finish",
        summary=(
            "`split_evenly` dropped the remainder of the division, so the shares added up to less than the bill. "
            "It now hands the remainder out, a cent each, to those who are named first."
        ),
    )


def _read_the_change(seen: Seen) -> Answer:
    if "divmod(total, people)" not in seen.task or RED_TEST not in seen.task:
        raise InvalidInput("the difference is not the change that I made")
    return _call("Does the whole function read well with the change?", "read_file", path="fairshare/split.py")


def _reviewed(seen: Seen) -> Answer:
    seen.expect(r"share, extra = divmod\(total, people\)", "the changed function")
    return _call(
        "It does what the issue asks, for any bill, and not only for its example.",
        "finish",
        summary="The remainder is handed out for every bill, and the tests say so.",
        objections=[],
    )


def _test_file(seen: Seen) -> str:
    return next(name for name in seen.files() if name.startswith("tests/"))


_ROLES: Mapping[str, Sequence[Turn]] = {
    prompts.ANALYSE: (_look_for_the_function, _read_the_function, _analysed),
    prompts.PLAN: (_look_for_tests, _planned),
    prompts.IMPLEMENT: (_read_the_tests, _add_tests, _run_red, _read_again, _repair, _run_green, _implemented),
    prompts.REVIEW: (_read_the_change, _reviewed),
}
