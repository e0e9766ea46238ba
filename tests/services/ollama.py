"""Run a real Ollama on loopback: `python -m services.ollama` keeps one up for hand work."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

from services.daemon import Daemon, DaemonError, await_interrupt, free_port, interrupt_on_sigterm
from services.ollama_program import MODEL_NAME, model_file, ollama_program

START_TIMEOUT_S = 60.0
CONTEXT_TOKENS = 2048

_MODELFILE = """\
FROM {weights}
PARAMETER num_thread 1
PARAMETER temperature 0
PARAMETER seed 1
TEMPLATE \"\"\"{{{{- if .Tools }}}}<|im_start|>system
{{{{ .Tools }}}}<|im_end|>
{{{{ end }}}}{{{{- range .Messages }}}}<|im_start|>{{{{ .Role }}}}
{{{{ .Content }}}}<|im_end|>
{{{{ end }}}}<|im_start|>assistant
\"\"\"
PARAMETER stop <|im_end|>
"""


class Ollama:
    """Own one Ollama server with one tiny model, on one thread.

    It proves wire dialects against a server that nobody here wrote: streaming, usage, errors.
    """

    model = MODEL_NAME

    def __init__(self) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="services-ollama-"))
        self.url = f"http://127.0.0.1:{free_port()}"
        self._daemon: Daemon | None = None

    def __enter__(self) -> Self:
        """Start the server."""
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop the server whatever happened."""
        self.stop()

    @property
    def openai_url(self) -> str:
        """Return the base address for clients of the OpenAI dialect."""
        return f"{self.url}/v1"

    @property
    def anthropic_url(self) -> str:
        """Return the base address for clients of Anthropic's dialect, which add `/v1/messages`."""
        return self.url

    @property
    def pid(self) -> int:
        """Return the id of the server process."""
        if self._daemon is None:
            raise DaemonError("ollama is not started")
        return self._daemon.pid

    def start(self) -> None:
        """Start the server and give it the model."""
        program = ollama_program()
        weights = model_file()
        self._daemon = Daemon("ollama", [program, "serve"], self.directory / "server.log")
        try:
            environment = self._environment()
            self._daemon.start(environment, self.directory, self._answers, START_TIMEOUT_S)
            self._create_model(program, weights)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End the server and its model runner, and remove what they stored."""
        if self._daemon is not None:
            self._daemon.stop()
            self._daemon = None
        shutil.rmtree(self.directory, ignore_errors=True)

    def _create_model(self, program: Path, weights: Path) -> None:
        modelfile = self.directory / "Modelfile"
        modelfile.write_text(_MODELFILE.format(weights=weights))
        result = subprocess.run(
            [program, "create", self.model, "--file", modelfile],
            env=self._environment(),
            cwd=self.directory,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode:
            raise DaemonError(f"ollama took no model: {result.stderr[-2000:]}")

    def _answers(self) -> bool:
        import httpx2

        try:
            return httpx2.get(f"{self.url}/api/version", trust_env=False).is_success
        except httpx2.TransportError:
            return False

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.directory),
            "OLLAMA_HOST": self.url,
            "OLLAMA_MODELS": str(self.directory / "models"),
            "OLLAMA_CONTEXT_LENGTH": str(CONTEXT_TOKENS),
            "OLLAMA_NUM_PARALLEL": "1",
            "OLLAMA_KEEP_ALIVE": "10m",
            "OLLAMA_NOPRUNE": "true",
        }


def main() -> None:
    """Run a server until interrupted, its addresses on standard output."""
    interrupt_on_sigterm()
    with Ollama() as ollama:
        print(f"OpenAI dialect     {ollama.openai_url}")
        print(f"Anthropic dialect  {ollama.anthropic_url}")
        print(f"model              {ollama.model}", flush=True)
        await_interrupt()


if __name__ == "__main__":
    main()
