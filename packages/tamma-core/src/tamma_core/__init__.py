"""The engine: domain, ports, steps, agent loop, workspace, sandbox and guards."""
