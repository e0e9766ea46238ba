"""What holds where nothing is written: providers that the environment alone can name."""

from collections.abc import Mapping

from tamma_config.tree import Tree

DEFAULT_MODELS: Mapping[str, str] = {"anthropic-claude": "claude-sonnet-5-5", "openai": "gpt-6.1-sol"}
DEFAULT_PROVIDER_HINT = (
    "set ANTHROPIC_API_KEY or OPENAI_API_KEY, or OLLAMA_HOST with TAMMA_MODEL for a local server, "
    "or write `aiProvider` into the configuration"
)


def providers_of_environment(environ: Mapping[str, str]) -> Tree:
    """Make the section `aiProvider` from the vendors' own variables, in order of preference.

    Source: the variables that the vendors' SDKs and Ollama read.
    """
    found: list[object] = []
    for name, prefix in (("anthropic-claude", "ANTHROPIC"), ("openai", "OPENAI")):
        if environ.get(f"{prefix}_API_KEY"):
            base = {"baseUrl": f"${{{prefix}_BASE_URL}}"} if environ.get(f"{prefix}_BASE_URL") else {}
            found.append({"name": name, "apiKey": f"${{{prefix}_API_KEY}}", **base, **_model(environ)})
    if environ.get("OLLAMA_HOST"):
        host = environ["OLLAMA_HOST"]
        address = host if "://" in host else f"http://{host}"
        local = {
            "name": "ollama",
            "type": "local-llm",
            "baseUrl": f"{address.rstrip('/')}/v1",
            "options": {"dialect": "ollama"},
        }
        found.append({**local, **_model(environ)})
    return {"providers": found} if found else {}


def _model(environ: Mapping[str, str]) -> Tree:
    return {"model": "${TAMMA_MODEL}"} if environ.get("TAMMA_MODEL") else {}
