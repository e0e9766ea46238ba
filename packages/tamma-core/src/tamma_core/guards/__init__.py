"""Judge a change before anybody else sees it, and a pull request before it is merged."""
