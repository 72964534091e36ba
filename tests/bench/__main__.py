"""`make bench`: every benchmark, one after the other; give names to run only those (`make bench ONLY="ballots"`)."""

import importlib
import pkgutil
import sys

from tests import bench


def main() -> None:
    """Run them."""
    names = sorted(m.name for m in pkgutil.iter_modules(bench.__path__) if m.name.startswith("bench_"))
    for name in names:
        if len(sys.argv) == 1 or name.removeprefix("bench_") in sys.argv[1:]:
            print(f"\n{name.removeprefix('bench_').replace('_', ' ')}", flush=True)
            importlib.import_module(f"tests.bench.{name}").main()


if __name__ == "__main__":
    main()
