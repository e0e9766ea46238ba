"""A real defect of a real gem, fixed end to end, the gem's own tests being the judge."""

from pathlib import Path

import pytest
from acceptance.real_projects.archives import ruby_source
from acceptance.real_projects.merging import checkout, play_to_merge, printed, repairing
from rehearsal.story import Stage

pytestmark = [
    pytest.mark.timeout(900),
    pytest.mark.needs("ruby"),
    pytest.mark.needs("debian12"),
    pytest.mark.enable_socket,
]

TITLE = "A mock that stands before an object loses the names of arguments"
BODY = """`Minitest::Mock.new(object)` hands calls that nobody expected on to the object. If the method has keyword arguments, `mock.name("Ada", last: "Lovelace")`
raises `ArgumentError: wrong number of arguments (given 2, expected 1; required keyword: last)` on Ruby 3. Called on the object itself it works."""

OLD = "    def respond_to? sym, include_private = false # :nodoc:\n"
REPAIR = "    ruby2_keywords :method_missing if respond_to? :ruby2_keywords, true\n\n" + OLD
NEXT_TEST = "  def test_verify_fails_when_mock_block_returns_false\n"
TEST = """  def test_keywords_reach_the_mocked_object
    named = Class.new do
      def name first, last:
        "#{first} #{last}"
      end
    end

    assert_equal "Ada Lovelace", Minitest::Mock.new(named.new).name("Ada", last: "Lovelace")
  end

"""
PROGRAM = """
class Named
  def name(first, last:) = "#{first} #{last}"
end
puts Minitest::Mock.new(Named.new).name("Ada", last: "Lovelace")
"""


async def test_keywords_behind_a_mock(stage: Stage, tmp_path: Path) -> None:
    """A runner of tests is tested by itself: what it says of each test is read from the changed program, on base and change."""
    checksum = "a3c3044bc7f36e7475379f419e4fb3b54de29085af5991268c59ad0e08caa167"
    files = ruby_source("libruby3.1", "minitest", "5.15.0", checksum)
    tested = ("test/minitest/test_minitest_mock.rb", NEXT_TEST, TEST + NEXT_TEST)
    script = repairing(tested, ("lib/minitest/mock.rb", OLD, REPAIR))
    async with stage(script, dict(files), TITLE, BODY) as story:
        state, report = await play_to_merge(story)
        assert report.green
        assert state.attempts == 1
        assert report.command.startswith("ruby -Ilib -Itest ")
        assert (report.tests_run_on_base, report.tests_run) == (389, 390)
        assert report.reproduced is True
        assert [approval.by for approval in state.diff_approvals] == [story.people.maintainer.name]
        merged = checkout(story, tmp_path / "merged")
        command = ["ruby", "-Ilib", "-rminitest", "-rminitest/mock", "-e", PROGRAM]
        assert printed(command, merged) == "Ada Lovelace\n"
