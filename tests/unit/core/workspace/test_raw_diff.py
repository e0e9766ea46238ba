"""Git's raw difference, read."""

import pytest
from tamma_core.domain.errors import Defect
from tamma_core.workspace.raw_diff import blobs_of, parse_raw, with_sizes

ONE, TWO, NONE = "1" * 40, "2" * 40, "0" * 40


def test_renames_links_and_bytes() -> None:
    """Both paths of a rename, modes, gitlinks without blobs, and names that are not UTF-8."""
    raw = (
        (
            f":100644 100644 {ONE} {TWO} R090\0old\0new\nline\0"
            f":100644 000000 {ONE} {NONE} D\0:odd name\0"
            f":000000 160000 {NONE} {TWO} A\0sub\0"
        ).encode()
        + f":100644 120000 {ONE} {TWO} T\0".encode()
        + b"\xff\0"
    )
    changes = with_sizes(parse_raw(raw), f"{ONE} 10\n{TWO} 20\n".encode())
    assert [(change.kind, change.path, change.old_path) for change in changes] == [
        ("renamed", "new\nline", "old"),
        ("deleted", ":odd name", None),
        ("added", "sub", None),
        ("type_changed", "\udcff", None),
    ]
    assert [(change.old_size_bytes, change.new_size_bytes) for change in changes] == [
        (10, 20),
        (10, 0),
        (0, 20),
        (10, 20),
    ]
    assert (changes[1].new_mode, changes[1].new_blob) == ("", None)
    assert blobs_of(changes[2:3]) == []
    assert parse_raw(b"") == []


def test_an_unknown_kind_is_a_defect() -> None:
    """A letter that we do not know is not passed over."""
    with pytest.raises(Defect, match="U"):
        parse_raw(f":100644 100644 {ONE} {TWO} U\0x\0".encode())
