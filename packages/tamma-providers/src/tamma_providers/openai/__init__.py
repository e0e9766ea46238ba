"""OpenAI's Chat Completions API, and servers that speak it."""
