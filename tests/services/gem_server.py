"""Serve gems as a company's own server does: those that this machine's Ruby brings, packed again and indexed by RubyGems itself."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

_PACK = """
require "rubygems/package"
folder = File.expand_path("gems")
ARGV.each do |name|
  gem = Gem::Specification.find_by_name(name).dup
  Dir.chdir(gem.full_gem_path) do
    gem.files = Dir["**/*"].select { |file| File.file?(file) }
    gem.executables = gem.extensions = []
    Gem::Package.build(gem, true, false, File.join(folder, gem.file_name))
  end
end
"""


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Say nothing."""


@contextmanager
def gem_server(place: Path, names: Sequence[str]) -> Iterator[int]:
    """Serve some gems at a port of loopback."""
    (place / "gems").mkdir(parents=True)
    for command in (("ruby", "-e", _PACK, *names), ("gem", "generate_index", "--directory", ".")):
        subprocess.run(command, cwd=place, check=True, capture_output=True, timeout=60)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(place))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()
