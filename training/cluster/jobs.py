"""Jobs on a Ray cluster: sent, looked at, read, stopped, over the cluster's own HTTP address. What runs is `order`'s.

Ray is imported when it is needed. It reads its token, where a cluster wants one, from its own places.
"""

import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from training.cluster.errors import ClusterFailed
from training.cluster.order import Order

DEFAULT_ADDRESS = "http://127.0.0.1:8265"
_NO_RAY = 'Ray is not installed; install it with: pip install "ray[default]", in the version that the cluster runs.'


@dataclass(frozen=True, slots=True)
class Job:
    """A job as the cluster tells it. Times are ISO 8601 in UTC, empty while unknown; `is_over` for good."""

    id: str
    status: str
    is_over: bool
    message: str
    entrypoint: str
    started_at: str
    ended_at: str


class Cluster:
    """A Ray cluster by its address."""

    def __init__(self, address: str = DEFAULT_ADDRESS) -> None:
        """Raises ClusterFailed where nothing answers, or not as Ray does."""
        if urlsplit(address).scheme not in ("http", "https") or not urlsplit(address).hostname:
            raise ClusterFailed(
                f"Expected the address of a cluster's dashboard such as {DEFAULT_ADDRESS}, got {address}."
            )
        self.address = address
        try:
            from ray.job_submission import JobSubmissionClient
        except ImportError as error:
            raise ClusterFailed(_NO_RAY) from error
        logging.getLogger("ray").setLevel(logging.WARNING)  # it tells of every connection that it closes
        with self._in_words():
            self._client: Any = JobSubmissionClient(address)

    def submit(self, order: Order) -> str:
        """Send the working folder and start the job as soon as there is room; its id."""
        with self._in_words():
            return str(
                self._client.submit_job(
                    entrypoint=order.entrypoint,
                    runtime_env=order.runtime_env,
                    entrypoint_num_gpus=order.gpus or None,
                    entrypoint_num_cpus=order.cpus,
                )
            )

    def job(self, id_: str) -> Job:
        """How a job stands."""
        with self._in_words(id_):
            return _job(self._client.get_job_info(id_))

    def jobs(self) -> list[Job]:
        """Every job that was sent to the cluster, the newest first."""
        with self._in_words():
            found = [_job(one) for one in self._client.list_jobs() if one.submission_id]
        return sorted(found, key=lambda job: job.started_at, reverse=True)

    def logs(self, id_: str) -> str:
        """All that a job has printed so far."""
        with self._in_words(id_):
            return str(self._client.get_job_logs(id_))

    async def follow(self, id_: str) -> AsyncIterator[str]:
        """What a job prints, as it comes, until it ends."""
        with self._in_words(id_):
            async for text in self._client.tail_job_logs(id_):
                yield str(text)

    def stop(self, id_: str) -> bool:
        """Interrupt a job, which then saves and ends; False where it was over already."""
        with self._in_words(id_):
            return bool(self._client.stop_job(id_))

    @contextmanager
    def _in_words(self, id_: str = "") -> Iterator[None]:
        from ray.exceptions import AuthenticationError

        try:
            yield
        except ConnectionError as error:
            raise ClusterFailed(
                f"No cluster answers at {self.address}; start one, or give its dashboard's address with --address."
            ) from error
        except AuthenticationError as error:
            raise ClusterFailed(
                f"The cluster at {self.address} wants a token, and got none or a wrong one. Set RAY_AUTH_MODE=token, "
                "and RAY_AUTH_TOKEN_PATH to the file that holds it (an organiser has it)."
            ) from error
        except (RuntimeError, ValueError, OSError) as error:
            if id_ and "404" in str(error):
                raise ClusterFailed(f"The cluster at {self.address} has no job {id_}; list them first.") from error
            raise ClusterFailed(f"The cluster at {self.address} refuses: {_first_line(error)}") from error


def _job(found: Any) -> Job:
    return Job(
        id=str(found.submission_id),
        status=str(found.status).lower(),
        is_over=bool(found.status.is_terminal()),
        message=_first_line(found.message or ""),
        entrypoint=str(found.entrypoint),
        started_at=_moment(found.start_time),
        ended_at=_moment(found.end_time),
    )


def _moment(milliseconds: int | None) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="seconds") if milliseconds else ""


def _first_line(text: object) -> str:
    return next((line.strip() for line in str(text).splitlines() if line.strip()), "")
