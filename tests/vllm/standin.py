"""A program that passes for vLLM: takes its arguments, asks for its key, lists, loads and streams; starts at once.

Run as a script. Where it misbehaves, `--misbehave` says how: `die` (an error, then exit code 3), `deaf` (never
listens), `mute` (streams without text, once the file that STANDIN_MUTE names is there).
"""

import argparse
import json
import os
import signal
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

WORDS = ["Every ", "table ", "has ", "room ", "for ", "one ", "more."]
PAUSE_S = float(os.environ.get("STANDIN_PAUSE_S", "0.01"))


def main() -> None:
    given = _arguments()
    print("standin with", " ".join(sys.argv[1:]), flush=True)
    if given.misbehave == "die":
        print("ERROR 11-28 10:00:00 [core.py:1] torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2 GiB.")
        sys.exit(3)
    if given.misbehave == "deaf":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        print("loading for ever", flush=True)
        signal.pause()
    adapters = dict(module.split("=", 1) for module in given.lora_modules)
    Handler.served = {given.served_model_name: given.model} | adapters
    Handler.limit = given.max_lora_rank
    server = ThreadingHTTPServer((given.host, given.port), Handler)
    server.serve_forever()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    for name in ("model", "served-model-name", "host"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--max-lora-rank", type=int, default=0)
    parser.add_argument("--lora-modules", nargs="*", default=[])
    parser.add_argument("--misbehave", default="")
    return parser.parse_known_args()[0]


class Handler(BaseHTTPRequestHandler):
    """One request. `served`: name → folder."""

    served: dict[str, str]
    limit: int

    def do_GET(self) -> None:
        if self._is_let_in():
            self._json(200, {"data": [{"id": name} for name in self.served]})

    def do_POST(self) -> None:
        if not self._is_let_in():
            return
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        acts = {"/v1/load_lora_adapter": self._load, "/v1/unload_lora_adapter": self._unload}
        acts.get(self.path, self._stream)(body)

    def _load(self, body: dict[str, Any]) -> None:
        rank = json.loads((Path(body["lora_path"]) / "adapter_config.json").read_text())["r"]
        if rank > self.limit:
            said = f"Worker failed with error 'LoRA rank {rank} is greater than max_lora_rank {self.limit}.'"
            self._json(500, {"error": {"message": said}})
            return
        self.served[body["lora_name"]] = body["lora_path"]
        self._answer(200, b"Success: LoRA adapter added successfully.")

    def _unload(self, body: dict[str, Any]) -> None:
        del self.served[body["lora_name"]]
        self._answer(200, b"Success: LoRA adapter removed successfully.")

    def _stream(self, body: dict[str, Any]) -> None:
        if body["model"] not in self.served:
            self._json(404, {"error": {"message": f"The model `{body['model']}` does not exist."}})
            return
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.end_headers()
        while (mute := os.environ.get("STANDIN_MUTE")) and Path(mute).exists():
            time.sleep(PAUSE_S)
        said = json.dumps([message["content"] for message in body["messages"]])
        for word in [f"{body['model']} heard {said}. ", *WORDS][: body["max_tokens"]]:
            self._event({"choices": [{"delta": {"content": word}, "finish_reason": None}]})
            time.sleep(PAUSE_S)
        self._event({"choices": [{"delta": {}, "finish_reason": "stop"}]})
        self.wfile.write(b"data: [DONE]\n\n")

    def _event(self, data: dict[str, Any]) -> None:
        self.wfile.write(b"data: " + json.dumps(data).encode() + b"\n\n")

    def _is_let_in(self) -> bool:
        if self.headers.get("authorization") == f"Bearer {os.environ['VLLM_API_KEY']}":
            return True
        self._json(401, {"error": "Unauthorized"})
        return False

    def _json(self, status: int, value: dict[str, Any]) -> None:
        self._answer(status, json.dumps(value).encode())

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *given: Any) -> None:
        """Quiet, as vLLM is told to be."""


if __name__ == "__main__":
    main()
