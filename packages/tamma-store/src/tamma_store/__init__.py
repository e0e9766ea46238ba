"""The journal of Tamma on SQLite: events, leases, task log and blobs."""
