"""Ray Serve on this machine alone, for as long as its standard input stays open: reads the shipped configuration as
Ray does, then serves an app that passes the OpenAI API on to another address.

Arguments: the configuration, that address, a folder for Ray. Prints one line when it is ready.
"""

import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import ray
import yaml
from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse
from ray import serve
from ray.llm._internal.serve.core.configs.llm_config import LLMConfig  # ray.serve.llm itself wants vLLM beside it
from ray.serve.schema import ServeDeploySchema

api = FastAPI()


@serve.deployment(num_replicas=2, ray_actor_options={"num_cpus": 0})
@serve.ingress(api)
class Through:
    """Passes requests on, streams included."""

    def __init__(self, url: str) -> None:
        self._client = httpx.AsyncClient(timeout=60)
        self._url = url

    @api.get("/v1/models")
    async def models(self) -> Any:
        """As the address has them."""
        return (await self._client.get(f"{self._url}/models")).json()

    @api.post("/v1/chat/completions")
    async def chat(self, request: Request) -> StreamingResponse:
        """The address's stream, byte for byte."""
        return StreamingResponse(self._stream(await request.body()), media_type="text/event-stream")

    async def _stream(self, body: bytes) -> AsyncIterator[bytes]:
        headers = {"content-type": "application/json"}
        url = f"{self._url}/chat/completions"
        async with self._client.stream("POST", url, content=body, headers=headers) as reply:
            async for part in reply.aiter_raw():
                yield part


def read(file: Path) -> int:
    """Hold the configuration against Ray's own schemas; returns how many models it serves."""
    document = yaml.safe_load(file.read_text())
    ServeDeploySchema.model_validate(document)
    configs = document["applications"][0]["args"]["llm_configs"]
    return len([LLMConfig.model_validate(config) for config in configs])


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))
        return int(place.getsockname()[1])


if __name__ == "__main__":
    models = read(Path(sys.argv[1]))
    # The folder's path is short: sockets lie in it, and their paths have a limit.
    ray.init(
        num_cpus=2, include_dashboard=False, object_store_memory=80 * 2**20, log_to_driver=False, _temp_dir=sys.argv[3]
    )
    port = free_port()
    serve.start(http_options={"host": "127.0.0.1", "port": port})
    serve.run(Through.bind(sys.argv[2]), name="finale", route_prefix="/")
    print(f"ready http://127.0.0.1:{port}/v1 {models}", flush=True)
    sys.stdin.read()
    serve.shutdown()
    ray.shutdown()
