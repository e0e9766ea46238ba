"""What git's processes get to know."""

from tamma_core.workspace.environment import git_environment


def test_the_operators_variables_pass_but_not_gits_own() -> None:
    """A proxy and a certificate store go through; variables that lead git elsewhere do not, and ours win."""
    extra = {
        "HTTPS_PROXY": "http://proxy.example",
        "GIT_SSL_CAINFO": "/ca",
        "GIT_DIR": "/x",
        "GIT_SSL_NO_VERIFY": "1",
        "GIT_CONFIG_GLOBAL": "/x",
        "HOME": "/x",
        "LC_ALL": "de_DE",
    }
    found = git_environment(path="/bin", home="/nonexistent", extra=extra)
    assert found["HTTPS_PROXY"] == "http://proxy.example"
    assert found["GIT_SSL_CAINFO"] == "/ca"
    assert not {"GIT_DIR", "GIT_SSL_NO_VERIFY"} & found.keys()
    assert (found["GIT_CONFIG_GLOBAL"], found["HOME"], found["LC_ALL"]) == ("/dev/null", "/nonexistent", "C")


def test_settings_are_counted_right() -> None:
    """Each setting has key and value below the count, and those that keep programs from running are among them."""
    found = git_environment(path="/bin", home="/nonexistent", extra={})
    count = int(found["GIT_CONFIG_COUNT"])
    settings = {found[f"GIT_CONFIG_KEY_{n}"]: found[f"GIT_CONFIG_VALUE_{n}"] for n in range(count)}
    assert len(settings) == count == sum(name.startswith("GIT_CONFIG_VALUE_") for name in found)
    wanted = {
        "core.hooksPath": "/dev/null",
        "core.fsmonitor": "false",
        "safe.bareRepository": "explicit",
        "http.followRedirects": "false",
        "credential.helper": "",
        "gc.auto": "0",
        "transfer.fsckObjects": "true",
    }
    assert wanted.items() <= settings.items()
