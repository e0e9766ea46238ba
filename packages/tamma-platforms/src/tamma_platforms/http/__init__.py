"""The transport that every forge on the web shares: redaction, cache, retry, breaker, gate, connection."""
