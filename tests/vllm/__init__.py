"""vLLM: its arguments, its leash and its deaths with a stand-in that starts at once, and the real thing on a CPU."""
