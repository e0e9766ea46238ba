"""The words by which runners of all languages skip, single out, demand and give up."""

import re

SKIP = re.compile(
    r"skip|ignore|disabled?\b|todo|fixme|xfail|fails\b|failing|pending|expectedfailure|should_panic|explicit|inconclusive|as[s]um|quarantine|"
    r"flaky|cfg\s*\(|go:build|\+build|@(?:jest|vitest)-environment|@ts-nocheck|@requires|@group|@depends|"
    r"^x(?:it|test|describe|context|specify)|\bif\b|enabledif|enabledon|disabledon",
    re.IGNORECASE,
)
"""What, in a mark or the head of a test, may keep it from running or failing."""

FOCUS = re.compile(r"\.only\b|^f(?:it|describe|context|specify)\b|\bonly:\s*true|\bfocus(?:ed)?\b|:focus")
"""What singles a test out, so that all others are left out."""

LEAVES = re.compile(
    r"skip\w*|Skip\w*|SkipNow|Skipf|xit|pending|todo|abort|exit!?|_exit|_Exit|quick_exit|Exit|halt|terminate|die|markTest(?:Skipped|Incomplete)|"
    r"assume\w*|assumingThat|GTEST_SKIP\w*|SUCCEED|Ignore|Inconclusive|Pass|doesNotPerformAssertions|expectNotToPerformAssertions|Goexit|omit"
)
"""Calls after which nothing is demanded any more."""

ENDS_PROCESS = re.compile(r"exit!?|_exit|_Exit|quick_exit|Exit|abort|halt|terminate|die")
"""Calls that end the whole run."""

DEMAND = re.compile(
    r"assert\w*|Assert\w*|ASSERT\w*|expect\w*|EXPECT\w*|Expect|should\w*|Should\w*|must\w*|won[t]\w*|refute\w*|require|Require|REQUIRE\w*|check\w*|CHECK\w*|"
    r"verify\w*|Verify\w*|fail\w*|Fail\w*|FAIL\w*|ADD_FAILURE\w*|Error|Errorf|Fatal|Fatalf|panic|unreachable|deep\w*|strictEqual|equal\w*|Equal\w*|"
    r"notEqual|throws|rejects|raises|ok|like|is_deeply|BOOST_\w+|flunk|to|not_to|to_not"
)
"""Calls that demand something."""

PURE_DEMAND = re.compile(
    r"(?:assert|Assert|ASSERT_|EXPECT_|CHECK|REQUIRE|refute|Should|must_|won[t]_)\w*|expect|to(?:Be|Equal|Match|Have|Contain|Throw|Strict)\w*"
)
"""Calls that demand at once, and do nothing else."""

SETTING = re.compile(
    r"expect[A-Z]\w*|assert(?:Throws?|Raises?|Do[e]sNot)\w*|assert_raises?\w*|assert_nothing\w*|extend\w*|assertions|setState|add\w*|set\w*|\w*[Tt]hrows?\w*|\w*[Ff]ail\w*"
)
"""Calls that look like demands, and say what may happen later or how others are judged."""

_EQUAL = """
tobe toequal tostrictequal deepequal strictequal deepstrictequal equal equals equalvalues same exactly asserteq assertequal assertequals assertsame
assertarrayequals assertiterableequals assertstringequalsfile expecteq expectstreq expectdoubleeq expectfloateq asserteq assertstreq isequalto
mustequal shouldequal should_be areequal areSame eql eq eqv jsoneq elementsmatch requireequal tothrow throwsexactly
"""
_RELATED = """
assertne assertnotequal assertnotequals notequal tocontain tomatch tocontainequal tomatchobject tohaveproperty contains assertcontains regexp matches
assertmatches assertin assertgreaterthan assertlessthan tobegreaterthan tobelessthan tobegreaterthanorequal tobelessthanorequal tobecloseto assertgreater
assertless expectne expectlt expectgt expectle expectge expectnear assertnear asserttrueor subset indelta inepsilon shouldcontain mustinclude
assertstringcontainsstring assertmatch mustmatch assertindelta assertthat isin isgreaterthan islessthan include assertincludes match
"""
_TRUE = """
tobetruthy tobefalsy tobedefined tobenull tobeundefined ok true false isok assert asserttrue assertfalse assertnotnull assertnull expecttrue expectfalse
isnotnull isnull notnil nil notempty empty istrue isfalse tobeinstanceof assertinstanceof isinstance assertnotempty assertcount assertempty noerror error
mustbenil assertnotnil refutenil shouldnotbenull shouldbetrue tohavebeencalled notnull null check expect require resolve
"""
_STRENGTH = {
    word.replace("_", ""): strength
    for strength, words in ((3, _EQUAL), (2, _RELATED), (1, _TRUE))
    for word in words.casefold().split()
}


def strength_of(name: str) -> int:
    """Tell how much a demand of this name demands: 3 equality, 2 a relation, 1 truth, 0 unknown."""
    return _STRENGTH.get(name.replace("_", "").casefold(), 0)


TABLE = re.compile(
    r"(?:test)?_?(?:cases?|tests?|table|scenarios?|specs?|vectors)|tt|tcs|(?:test|\w+_?)cases|tests?table",
    re.IGNORECASE,
)
"""Names of lists that tests go through row by row."""

ROWS = re.compile(r"\[\s*(?:InlineData|TestCase|DataRow)\s*\((?:(?!Skip|Ignore|Explicit).)*\)\s*\]", re.DOTALL)
"""Marks that add one more row to a test."""

SUBTEST = re.compile(r"Run|test|it|subtest|step|section|SECTION|SUBCASE")
"""Calls inside a test whose block is a test of its own."""
