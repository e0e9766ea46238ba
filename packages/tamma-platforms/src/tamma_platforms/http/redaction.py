"""Keep secrets out of everything that leaves the transport."""

from collections.abc import Iterable
from urllib.parse import quote

from pydantic import SecretStr
from tamma_core.domain.errors import TammaError

MASK = "***"


class Redactor:
    """Mask secrets, also in their form in a URL."""

    def __init__(self, secrets: Iterable[SecretStr]) -> None:
        values = {secret.get_secret_value() for secret in secrets} - {""}
        forms = values | {quote(value, safe="") for value in values}
        self._forms = sorted(forms, key=len, reverse=True)

    def text(self, text: str) -> str:
        """Answer the text without secrets."""
        for form in self._forms:
            text = text.replace(form, MASK)
        return text

    def content(self, content: bytes) -> bytes:
        """Answer the bytes without secrets."""
        for form in self._forms:
            content = content.replace(form.encode(), MASK.encode())
        return content

    def clean(self, error: TammaError) -> None:
        """Take secrets out of an error in place: its type and cause stay."""
        error.message, error.hint = self.text(error.message), self.text(error.hint)
        error.args = (error.message,)
