"""A small package that nobody here wrote: installed beside `tamma`, it brings a provider and a forge."""

import os
from collections.abc import Mapping
from pathlib import Path

_METADATA = "Metadata-Version: 2.1\nName: outside-kinds\nVersion: 1\n"
_ENTRY_POINTS = """[tamma.providers]
company-gateway = outside_kinds:open_gateway

[tamma.platforms]
company-forge = outside_kinds:open_forge
broken-forge = outside_kinds:not_there
"""
_CODE = '''"""A gateway that speaks Anthropic's dialect, and a forge that speaks Gitea's and keeps its repositories on a disk."""

import os
from msgspec.structs import replace

from tamma_core.ports.git_platform import GitRemote
from tamma_platforms.gitea.client import GiteaPlatform
from tamma_providers.anthropic.adapter import AnthropicProvider


class CompanyForge(GiteaPlatform):
    async def git_remote(self, repository):
        return GitRemote(url=os.environ["COMPANY_DISK"])


def open_gateway(spec):
    return AnthropicProvider(replace(spec, kind="anthropic"))


def open_forge(name, *, base_url, token, options):
    return CompanyForge(name, base_url=base_url, token=token)
'''


def install_outside(folder: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """Lay the package out as an installer does, and answer an environment in which Python finds it."""
    metadata = folder / "outside_kinds-1.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text(_METADATA)
    (metadata / "entry_points.txt").write_text(_ENTRY_POINTS)
    (folder / "outside_kinds.py").write_text(_CODE)
    return {**environment, "PYTHONPATH": os.pathsep.join([str(folder), environment.get("PYTHONPATH", "")]).rstrip(":")}
