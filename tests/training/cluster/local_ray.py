"""A Ray cluster of this machine alone, for as long as its standard input stays open: the test's end is its end.

Prints the dashboard's address on one line when it is ready.
"""

import sys

import ray

if __name__ == "__main__":
    context = ray.init(
        num_cpus=2,
        include_dashboard=True,
        dashboard_host="127.0.0.1",
        dashboard_port=0,
        object_store_memory=80 * 2**20,
        log_to_driver=False,
        _temp_dir=sys.argv[1],  # short: sockets lie in it, and their paths have a limit
    )
    print(f"ready http://{context.dashboard_url}", flush=True)
    sys.stdin.read()
    ray.shutdown()
