"""How much memory training takes at its peak: of the GPU, or of this process where there is none."""

from pathlib import Path

import psutil
import torch

_FORGET, _STATUS = Path("/proc/self/clear_refs"), Path("/proc/self/status")


def peak() -> int:
    """Most bytes held at once since `forget_peak`; where the system does not tell, what the process holds now."""
    if torch.cuda.is_available():
        return int(torch.cuda.max_memory_allocated())
    if _STATUS.exists():
        lines = (line.split() for line in _STATUS.read_text().splitlines())
        found = next((line[1] for line in lines if line[0] == "VmHWM:"), None)
        if found is not None:
            return int(found) * 1024
    return int(psutil.Process().memory_info().rss)


def there() -> int:
    """Bytes that there are for training: the GPU's, or the computer's."""
    if torch.cuda.is_available():
        return int(torch.cuda.get_device_properties(torch.cuda.current_device()).total_memory)
    return int(psutil.virtual_memory().total)


def forget_peak() -> None:
    """Count the peak from now on."""
    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()
    elif _FORGET.exists():
        try:
            _FORGET.write_text("5")
        except OSError:
            return  # some containers forbid it; the peak since the process began is then told
