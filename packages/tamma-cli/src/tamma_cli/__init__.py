"""The commands of Tamma."""

__version__ = "0.1.0"
