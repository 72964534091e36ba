"""What runs inside vLLM's own process; this folder is on its path, so nothing else belongs here."""
