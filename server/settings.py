"""How this server runs. Read once at the start, from the environment (`FINALE_…`) or the command line.

The rules of a game (60 s, 40/40/20) are not here: they belong to the event.
"""

from pathlib import Path

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from server.vllm_settings import VllmSettings

DEMO_MODELS = Path(__file__).resolve().parents[1] / "models" / "demo"  # from whatever folder a command is given


class Settings(VllmSettings):
    """Every field works as it is on a laptop."""

    model_config = SettingsConfigDict(env_prefix="FINALE_", frozen=True, extra="ignore")

    host: str = Field("127.0.0.1", description="Address to listen on; 0.0.0.0 lets the hall's phones in.")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on.")
    public_url: str = Field("", description="Address the phones use, e.g. https://finale.example. Empty: from host.")
    database: str = Field("sqlite:///var/finale.db", description="SQLAlchemy address of the database.")
    secret_file: Path = Field(Path("var/secret"), description="Key that signs links and cookies; made if missing.")
    event: str = Field("", description="Id of the event to run. Empty: the newest one.")
    engine: str = Field("local", description="Engine for the finalists' models: local, vllm or openai.")
    spare_engine: str = Field(
        "", description="Engines that step in, in this order, separated by commas. Empty: the same one is tried again."
    )
    models_dir: Path = Field(DEMO_MODELS, description="Folder with catalogue.json, base and adapters.")
    spare_models_dir: Path = Field(
        DEMO_MODELS,
        description="The same for a spare local engine; with another base it stands in under the same names.",
    )
    adapters_dir: Path = Field(Path("var/adapters"), description="Where models that finalists hand in are kept.")
    adapter_rank_limit: int = Field(64, ge=1, le=512, description="Highest LoRA rank that is taken in.")
    adapter_bytes_limit: int = Field(2 * 2**30, ge=2**20, description="Most bytes of one adapter's weights.")
    engine_url: str = Field(
        "", description="OpenAI-compatible addresses for engine=openai, several separated by commas."
    )
    engine_key_env: str = Field(
        "", description="Name of the variable that holds the engine's API key, or one for each address."
    )
    engine_model_name: str = Field(
        "{adapter}", description="How the addresses name an adapter; Ray Serve LLM: base:{adapter}."
    )
    judges: str = Field("", description="File judges.toml with any number of LLM judges. Empty: as FINALE_JUDGE says.")
    judge: str = Field("demo", description="LLM judge: demo, openai or none.")
    judge_url: str = Field("", description="OpenAI-compatible address for judge=openai.")
    judge_model: str = Field("", description="Model name for judge=openai; several separated by commas.")
    judge_key_env: str = Field("", description="Name of the variable that holds the judge's API key.")
    judge_protocol: str = Field("listwise", description="How judge=openai is asked: listwise or pointwise.")
    judge_orders: int = Field(3, ge=1, le=24, description="Shuffled orders that a listwise judge is shown.")
    judge_limit: float = Field(40.0, gt=0, le=3600, description="Seconds until a judge that has not answered abstains.")
    stall_seconds: float = Field(4.0, gt=0, description="A stream without a token for so long is tried once more.")
    slow_tokens_per_second: float = Field(
        3.0, ge=0, description="Below it an engine counts as slow and rests where another stands by."
    )
    link_days: float = Field(30.0, gt=0, description="Days until a signed link expires.")
    writes_per_second: float = Field(20.0, gt=0, description="Writes one session may make, with bursts of twice that.")
    seat_codes: bool = Field(False, description="Let phones in by printed one-time seat codes only.")
    fault: str = Field("", description="For rehearsals alone: what `finale rehearse --fault` lets go wrong.")
    log_json: bool = Field(False, description="Log as JSON lines instead of text.")

    @property
    def base_url(self) -> str:
        """The address that links and QR codes carry, without a slash at the end."""
        host = "127.0.0.1" if self.host == "0.0.0.0" else self.host
        return (self.public_url or f"http://{host}:{self.port}").rstrip("/")
