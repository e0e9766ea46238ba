"""What a person wrote, made fit to be kept."""

from pathlib import Path

from tamma_cli.boundary import Boundary


def fit_to_keep(boundary: Boundary, text: str, place: str) -> str:
    """Take out secrets, saying so, and bytes that are no text."""
    text = text.encode("utf-8", "replace").decode()
    masked = boundary.mask(text)
    if masked != text:
        boundary.screen.warn(f"{place} holds a secret: it is masked in all that Tamma stores, shows and sends")
    return masked


def look_for_secrets(boundary: Boundary, file: Path) -> None:
    """Say that the file of an issue holds a secret; the engine masks it wherever it reads it."""
    fit_to_keep(boundary, file.read_text(encoding="utf-8", errors="replace"), f"`{file}`")
