"""The first shape of the file (`providers`, `platforms`, `orchestrator`, `worker`), turned into the present one."""

from collections.abc import Mapping
from typing import cast
from urllib.parse import quote

from tamma_config.references import Unset
from tamma_config.tree import Path, Tree

OLD_KEYS = frozenset({"version", "providers", "platforms", "orchestrator"})
_PROVIDER_KEYS = {
    "providerId": "name",
    "providerType": "type",
    "apiKey": "apiKey",
    "baseUrl": "baseUrl",
    "model": "model",
}
_PLATFORM_KEYS = {"platformId": "name", "platformType": "type", "baseUrl": "baseUrl"}


class Migration:
    """Move keys to where they belong now, remember whence, and say what is no longer used."""

    def __init__(self, tree: Tree) -> None:
        self.tree: Tree = {key: value for key, value in tree.items() if key not in OLD_KEYS}
        self.moved: dict[Path, Path] = {}
        self.unused: list[str] = []
        self._providers(tree.get("providers"))
        self._platforms(tree.get("platforms"))
        self._orchestrator(tree.get("orchestrator"))
        self._worker(tree.get("worker"))
        self._database(tree.get("database"))

    def _providers(self, old: object) -> None:
        if not isinstance(old, dict):
            return
        entries = []
        for index, entry in enumerate(_list(old, "available")):
            here, there = ("providers", "available", index), ("aiProvider", "providers", index)
            new = self._renamed(entry, _PROVIDER_KEYS, here, there, ignore={"defaultParams"})
            defaults = entry.get("defaultParams")
            if isinstance(defaults, dict):
                self.moved[(*there, "options")] = (*here, "defaultParams")
                options: Tree = {"outputTokens": defaults["maxTokens"]} if "maxTokens" in defaults else {}
                if "temperature" in defaults:
                    options["body"] = {"temperature": defaults["temperature"]}
                new["options"] = options
            entries.append(new)
        self.moved[("aiProvider",)] = ("providers",)
        section: Tree = {"providers": entries}
        self.tree["aiProvider"] = section | ({"default": old["default"]} if "default" in old else {})

    def _platforms(self, old: object) -> None:
        if not isinstance(old, dict):
            return
        entries = []
        for index, entry in enumerate(_list(old, "available")):
            here, there = ("platforms", "available", index), ("gitPlatform", "platforms", index)
            new = self._renamed(entry, _PLATFORM_KEYS, here, there, ignore={"credentials", "authType"})
            credentials = entry.get("credentials")
            if isinstance(credentials, dict) and "accessToken" in credentials:
                new["token"] = credentials["accessToken"]
                self.moved[(*there, "token")] = (*here, "credentials", "accessToken")
            entries.append(new)
        self.moved[("gitPlatform",)] = ("platforms",)
        first = {"default": entries[0]["name"]} if entries and "name" in entries[0] else {}
        self.tree["gitPlatform"] = {"platforms": entries, **first}

    def _orchestrator(self, old: object) -> None:
        if not isinstance(old, dict):
            return
        web = {key: old[key] for key in ("host", "port") if key in old}
        if web:
            self.tree["web"] = web
            self.moved[("web",)] = ("orchestrator",)
        self.unused += [f"orchestrator.{key}" for key in old if key not in web]

    def _worker(self, old: object) -> None:
        if not isinstance(old, dict):
            return
        service = {key: old[key] for key in ("pollInterval", "maxConcurrentTasks") if key in old}
        if service:
            self.tree["service"] = service
            self.moved[("service",)] = ("worker",)
            self.tree["worker"] = {key: value for key, value in old.items() if key not in service}

    def _database(self, old: object) -> None:
        if not isinstance(old, dict) or "host" not in old:
            return
        words = {key: str(old.get(key, "")) for key in ("user", "password", "host", "port", "database")}
        open_words = [value for value in old.values() if isinstance(value, Unset)]
        if open_words:
            self.tree["database"] = {"url": Unset("".join(open_words))}
        else:
            user = f"{quote(words['user'], safe='')}:{quote(words['password'], safe='')}"
            self.tree["database"] = {
                "url": f"postgresql://{user}@{words['host']}:{words['port'] or 5432}/{quote(words['database'])}"
            }
        self.moved[("database", "url")] = ("database",)

    def _renamed(self, entry: Tree, names: Mapping[str, str], here: Path, there: Path, *, ignore: set[str]) -> Tree:
        """Rename known keys; unknown ones stay, so that they are reported where they were written."""
        self.moved[there] = here
        new: Tree = {}
        for key, value in entry.items():
            if key in ignore:
                continue
            new[names.get(key, key)] = value
            self.moved[(*there, names.get(key, key))] = (*here, key)
        return new


def is_old(tree: Tree) -> bool:
    """Tell whether a file was written for the first shape."""
    return bool(OLD_KEYS & tree.keys())


def _list(section: Mapping[str, object], key: str) -> list[Tree]:
    value = section.get(key)
    return [cast(Tree, entry) for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []
