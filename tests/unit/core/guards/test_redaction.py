import base64
import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr
from tamma_core.guards.gram_index import GramIndex
from tamma_core.guards.known_values import KnownValues
from tamma_core.guards.redaction import MASK, Redactor

CANARY = "zeta9-Kq7/Wm2+Xr4=Tb6&é"
ENCODINGS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "base64": lambda v: base64.b64encode(v.encode()).decode(),
    "base64 after a byte": lambda v: base64.b64encode(b"x" + v.encode()).decode()[2:],
    "base64 after two": lambda v: base64.b64encode(b"xy" + v.encode()).decode()[3:],
    "base64 for addresses": lambda v: base64.urlsafe_b64encode(v.encode()).decode(),
    "URL": lambda v: quote(v, safe=""),
    "form": quote_plus,
    "path": quote,
    "JSON": lambda v: json.dumps(v)[1:-1],
    "JSON in JSON": lambda v: json.dumps(json.dumps(v))[3:-3],
    "hex": lambda v: v.encode().hex(),
    "hex in capitals": lambda v: v.encode().hex().upper(),
    "hex of a dump": lambda v: v.encode().hex(" "),
    "hex escapes": lambda v: "".join(f"\\x{byte:02x}" for byte in v.encode()),
    "hex numbers": lambda v: ", ".join(f"0x{byte:02x}" for byte in v.encode()),
    "percents": lambda v: "".join(f"%{byte:02X}" for byte in v.encode()),
    "backwards": lambda v: v[::-1],
    "capitals": lambda v: "".join(
        c.upper() if len(c.upper()) == 1 and c.upper().casefold() == c.casefold() else c for c in v
    ),
    "small letters": lambda v: "".join(c.lower() if len(c.lower()) == 1 else c for c in v),
    "base32": lambda v: base64.b32encode(v.encode()).decode(),
    "base64 of wide characters": lambda v: base64.b64encode(v.encode("utf-16-le")).decode(),
    "base64 of base64": lambda v: base64.b64encode(base64.b64encode(v.encode())).decode(),
    "base64 of a login": lambda v: base64.b64encode(f"bot:{v}".encode()).decode()[6:],
}
values = st.text(
    st.characters(min_codepoint=33, max_codepoint=0x2FF, exclude_categories=("Cc", "Cs", "Zs")),
    min_size=12,
    max_size=40,
)
around = st.text(st.characters(codec="utf-8"), max_size=60)


@pytest.mark.parametrize("encode", ENCODINGS.values(), ids=ENCODINGS.keys())
@settings(deadline=None)
@given(value=values, before=around, after=around)
def test_a_known_value_is_masked_anywhere_in_any_encoding(
    encode: Callable[[str], str], value: str, before: str, after: str
) -> None:
    """Wherever a value stands and however it is written, eight of its characters in a row do not remain."""
    form = encode(value)
    masked = Redactor([value]).mask(f"{before} {form} {after}")
    assert MASK in masked
    assert form not in masked.replace(MASK, "") or form in f"{before}{after}"
    assert not KnownValues([value]).spans(masked.replace(MASK, "\0"))


NUMBERED: dict[str, Callable[[str], str]] = {
    "entities": lambda value: "".join(f"&#{ord(char)};" for char in value),
    "entities in hex": lambda value: "".join(f"&#x{ord(char):x};" for char in value),
    "list": lambda value: str(list(value.encode())),
    "octal": lambda value: "".join(f"\\{ord(char):03o}" for char in value),
    "wide": lambda value: "".join(chr(ord(char) + 0xFEE0) for char in value),
    "bold": lambda value: "".join(chr(0x1D41A + ord(char) - 97) if char.islower() else char for char in value),
}


@pytest.mark.parametrize("write", NUMBERED.values(), ids=NUMBERED.keys())
@given(value=st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=12, max_size=40))
def test_a_known_value_is_masked_in_numbers_and_in_other_type(write: Callable[[str], str], value: str) -> None:
    """A page shows entities as what they stand for, and people read wide and bold letters as any."""
    assume(len(set(value)) >= 5)
    shown = Redactor([value]).mask(f"See: ({write(value)}). Bye")
    assert MASK in shown
    assert len(shown) < len(f"See: ({MASK}). Bye") + 12


SPREADS: dict[str, Callable[[str, str], str]] = {
    "two lines": lambda a, b: f"{a}\n{b}",
    "indented lines": lambda a, b: f"{a}\r\n    {b}",
    "added strings": lambda a, b: f'"{a}" +\n    "{b}"',
    "joined strings": lambda a, b: f"'{a}'\n  '{b}'",
    "shell lines": lambda a, b: f"{a}\\\n{b}",
    "quoted lines": lambda a, b: f"> {a}\n> {b}",
    "nothing that is seen": lambda a, b: f"{a}\u200b{b}",
    "a tag": lambda a, b: f"{a}\U000e0041{b}",
    "single letters": lambda a, b: " ".join(a + b),
}


@pytest.mark.parametrize("spread", SPREADS.values(), ids=SPREADS.keys())
@settings(deadline=None)
@given(value=st.text("abcdefghijklmnopqrstuvwxyzABCXYZ0123456789", min_size=12, max_size=40), at=st.floats(0.1, 0.9))
def test_a_known_value_is_masked_in_pieces_side_by_side(
    spread: Callable[[str, str], str], value: str, at: float
) -> None:
    """Nobody gets a value past us by breaking it where a line ends."""
    assume(len(set(value.lower())) >= 5)
    assume("0x" not in value.lower())  # broken just before it, the value reads as if a byte in hex began there
    cut = max(1, int(len(value) * at))
    shown = Redactor([value]).mask(f"See: ({spread(value[:cut], value[cut:])}). Bye")
    left = "".join(char for char in shown.replace(MASK, "").lower() if char.isalnum())
    assert len(left) <= len("seebye") + 2, shown


@given(st.text(st.characters(), min_size=4, max_size=30), st.text(st.characters(), max_size=60))
def test_any_characters_may_be_in_a_secret_and_in_a_text(value: str, text: str) -> None:
    """Half surrogates, capitals that grow when they are made small, controls: nothing makes masking fail."""
    masked = Redactor([value]).mask(f"{text} {value} {text}")
    assert value.strip() not in masked.replace(MASK, "\0") or len(value.strip()) < 4


@settings(deadline=None)
@given(value=values, before=st.binary(max_size=20), after=st.binary(max_size=20))
def test_a_known_value_inside_encoded_data_is_masked(value: str, before: bytes, after: bytes) -> None:
    """Base64 of something longer shows at most the characters that neighbours share."""
    data = value.encode()
    encoded = base64.b64encode(before + data + after).decode()
    masked = Redactor([value]).mask(encoded)
    assert MASK in masked
    left = len(encoded) - len(masked.replace(MASK, ""))
    assert left >= len(data) * 4 // 3 - 4


@settings(deadline=None)
@given(st.lists(values, max_size=3), around)
def test_masking_twice_changes_nothing(known: list[str], text: str) -> None:
    """A masked text is stable, so that several sinks may mask it."""
    redactor = Redactor(known)
    once = redactor.mask(" ".join([text, *known]))
    assert redactor.mask(once) == once


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Authorization: Bearer abcdef123456", "Authorization: Bearer "),
        ('{"authorization": "Basic dXNlcjpwYXNzd29yZA=="}', '"}'),
        ("PRIVATE-TOKEN: abcdef123456", "PRIVATE-TOKEN: "),
        ("curl -H 'X-Api-Key: abcdef123456' x", "' x"),
        ("https://bot:abcdef123456@forge.example/x.git", "@forge.example/x.git"),
        ("GET /x?access_token=abcdef123456&page=2", "&page=2"),
        ("token ghp_" + "a1" * 18, "token "),
        ("sk-ant-api03-" + "Ab1_" * 20, ""),
        ("glpat-" + "a1B2" * 5, ""),
        ("AKIA" + "ABCD1234" * 2, ""),
        ("xoxb-123456789012-abcdefABCDEF", ""),
        ("x\n-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk\n-----END OPENSSH PRIVATE KEY-----\ny", "\ny"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA", ""),
    ],
)
def test_what_looks_like_a_credential_is_masked(text: str, kept: str) -> None:
    """Values that nobody told us of go by their looks, and what stands round them stays."""
    masked = Redactor().mask(text)
    assert MASK in masked
    assert kept in masked
    assert not any(word in masked for word in ("abcdef", "dXNlcj", "a1a1", "Ab1_", "a1B2", "1234AB", "b3Blb", "MIIE"))


@pytest.mark.parametrize(
    "text",
    [
        "token = get_token()",
        "https://forge.example/a/b?page=2",
        "sk-learn and task-force",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4",
        "basic idea",
        "a=b",
    ],
)
def test_ordinary_text_stays(text: str) -> None:
    """Source code, addresses and hashes come through unchanged."""
    assert Redactor([CANARY, ""]).mask(text) == text


def test_words_of_a_passphrase_stay_in_sentences() -> None:
    """Half a passphrase side by side in prose is prose; the whole one is masked, whatever stands between its words."""
    mask = Redactor(KnownValues(["a-key-that-must-not-be-shown"])).mask
    assert mask("Object only to what must not be merged.") == "Object only to what must not be merged."
    assert "shown" not in mask('x = "a-key-that-"\n    "must-not-"\n    "be-shown"')


def test_secret_types_are_taken_and_not_shown() -> None:
    """A pydantic secret is understood, and the redactor itself shows nothing."""
    redactor = Redactor([SecretStr(CANARY)])
    assert redactor.mask(f"a {CANARY} b") == f"a {MASK} b"
    assert CANARY not in repr(redactor)


HOSTILE_UNITS = [
    "-----BEGIN A PRIVATE KEY-----!",
    "-eyJ",
    "eyJaaaaaaaaaa.",
    "a://b:",
    "a://" + "b" * 50 + ":",
    "authorization: ",
    "bearer ",
    "?key=",
    "\\x",
    "SG.aaaaaaaaaaaaaaaa.",
    CANARY[:7],
    " a",
]


@pytest.mark.parametrize("unit", HOSTILE_UNITS)
def test_text_made_to_be_slow_costs_as_much_more_as_it_is_longer(unit: str) -> None:
    """Eight times the text takes about eight times the processor's time; with squares it would be sixty-four."""
    redactor = Redactor([f"{CANARY}{number}" for number in range(3)])
    redactor.mask("warm " * 10)

    def cost(size: int) -> float:
        text, spent = unit * (size // len(unit)), []
        for _ in range(3):
            started = time.process_time()
            redactor.mask(text)
            spent.append(time.process_time() - started)
        return min(spent)

    assert cost(320_000) < 24 * cost(40_000)


@pytest.mark.parametrize("unit", [unit for unit in HOSTILE_UNITS if unit != CANARY[:7]])
def test_no_text_costs_much_more_than_a_plain_one(unit: str) -> None:
    """A pattern that begins everywhere and is tried far each time is as bad as one whose work has no bound."""

    def cost(piece: str) -> float:
        text, spent = piece * (320_000 // len(piece)), []
        for _ in range(3):
            started = time.process_time()
            Redactor().mask(text)
            spent.append(time.process_time() - started)
        return min(spent)

    assert cost(unit) < 12 * cost("token = authorization of ghp_ and eyJ words ")


class CountingGrams(dict[str, list[tuple[str, int, int]]]):
    """Count what is asked of the index."""

    asked = 0

    def __contains__(self, key: object) -> bool:
        """Count, and answer."""
        self.asked += 1
        return super().__contains__(key)

    def get(self, key: str, default: object = None) -> Any:
        """Count, and answer."""
        self.asked += 1
        return super().get(key, default)


@pytest.mark.parametrize("unit", ["harmless ", "zeta9-Kq7/Wm", "aaaaaaaaaa", "z"])
def test_index_is_asked_at_most_twice_for_each_few_characters(unit: str) -> None:
    """However a text is made, the work that it causes grows with its length alone."""
    index = GramIndex({"zeta9-Kq7/Wm2+Xr4": 8, "aaaaaaaaaaaaaaaaaaaaaaaa": 8})
    index.grams = grams = CountingGrams(index.grams)
    for size in (1000, 10_000):
        grams.asked = 0
        assert [*index.spans((unit * size)[:size])] or unit in {"harmless ", "z"}
        assert grams.asked <= 2 * (size / 5 + 1)


def test_a_secret_at_the_end_of_a_large_text_is_masked() -> None:
    """Eight megabytes of log with ten known values; that the work grows with the length alone is shown above."""
    redactor = Redactor([f"{CANARY}{n}" for n in range(10)])
    text = "2026-01-01 INFO some line of a build with words=values and https://forge.example/x\n" * 100_000
    assert redactor.mask(f"{text}{CANARY}5").endswith(MASK)
