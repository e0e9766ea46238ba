"""What git prints about trees that an agent made."""

import os

from hypothesis import example, given
from hypothesis import strategies as st
from tamma_core.workspace.failures import clean, remote_failure
from tamma_core.workspace.raw_diff import blobs_of, parse_raw, with_sizes

from fuzz.material import damaged, texts, typed

BLOB, OTHER = "a" * 40, "b" * 40
RAW = (
    f":100644 100644 {BLOB} {OTHER} M\0a.py\0:100644 100644 {BLOB} {BLOB} R100\0old\nname\0-new name\0"
    f":000000 160000 {'0' * 40} {OTHER} A\0nested\0"
).encode()
names = st.binary(min_size=1, max_size=30).map(lambda raw: raw.replace(b"\0", b"_"))


@given(st.lists(names, max_size=5))
def test_any_name_comes_back_to_the_byte(paths: list[bytes]) -> None:
    """Line feeds, leading dashes, bytes that are no text: a path is what git says it is."""
    raw = b"".join(f":100644 000000 {BLOB} {'0' * 40} D".encode() + b"\0" + path + b"\0" for path in paths)
    changes = parse_raw(raw)
    assert [os.fsencode(change.path) for change in changes] == paths
    assert {change.kind for change in changes} <= {"deleted"}


@given(damaged([RAW]))
@example(b":100644 100644 x")
@example(f":100644 100644 {BLOB} {OTHER} M".encode())
@example(f":100644 100644 {BLOB} {OTHER} R100\0old".encode())
@example(f":100644 100644 {BLOB} {OTHER} ".encode() + b"\0a\0")
def test_broken_difference_is_refused_in_words(raw: bytes) -> None:
    """Output that stops in the middle is a defect that is told, never a shorter change."""
    changes = typed(lambda: parse_raw(raw))
    if changes is not None:
        blobs_of(changes)


@given(damaged([f"{BLOB} 12\n{OTHER} missing\n".encode(), f"{BLOB} 12\n".encode()]))
def test_broken_sizes_are_refused_in_words(sizes: bytes) -> None:
    """A size that is no number is no size of nought."""
    typed(lambda: with_sizes(parse_raw(RAW), sizes))


@given(texts)
def test_messages_of_a_remote_are_an_error_of_ours(text: str) -> None:
    """A remote may print what it likes."""
    assert remote_failure("git fetch", text).message
    assert "\x1b" not in clean(text)
