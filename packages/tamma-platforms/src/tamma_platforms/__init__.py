"""The forges that Tamma works on, over one shared HTTP transport."""
