"""The models that Tamma works with, through their official SDKs."""
