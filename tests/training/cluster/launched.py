"""What two processes run in tests: `finale`, as a launcher starts it; sharded where FINALE_TEST_SHARDED says so.

PyTorch can shard on a CPU, over gloo, but accelerate asks for an accelerator first. Told that there is one, it does all
the rest as on GPUs.
"""

import os
from typing import Any

SHARDED = "FINALE_TEST_SHARDED"


def shard_on_a_cpu() -> None:
    """Have accelerate take a distributed CPU for what FSDP is made for."""
    from accelerate.state import AcceleratorState, PartialState
    from accelerate.utils import DistributedType

    made = AcceleratorState.__init__

    def make(self: Any, *given: Any, fsdp_plugin: Any = None, **options: Any) -> None:
        made(self, *given, fsdp_plugin=fsdp_plugin, **options)
        if fsdp_plugin is not None and self.distributed_type is DistributedType.MULTI_CPU:
            self.distributed_type, self.fsdp_plugin = DistributedType.FSDP, fsdp_plugin
            PartialState._shared_state["distributed_type"] = DistributedType.FSDP

    AcceleratorState.__init__ = make


if __name__ == "__main__":
    if os.environ.get(SHARDED):
        shard_on_a_cpu()
    from server.cli import app

    app()
