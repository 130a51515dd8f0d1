"""What the benchmark tells its callers, who are another process."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass

ENV = "SHOTPRINT_LOAD_PLAN"
CALLERS = 40  # an operation; each waits for its answer, so a slow answer delays a fortieth of the calls


@dataclass(frozen=True)
class Plan:
    """What the benchmark tells its callers.

    Attributes
    ----------
    host : of the server, with the port, as signed.
    rate : calls a second of each operation.
    library_id, bucket, clip : what is submitted.
    job_id : a job to ask for until one was submitted.
    out : file for one JSON line a call.
    """

    host: str
    key_id: str
    secret: str
    rate: float
    library_id: str
    bucket: str
    clip: str
    job_id: str
    out: str

    def to_environment(self) -> dict[str, str]:
        """The environment of the process that reads it again with `from_environment`."""
        return {**os.environ, ENV: json.dumps(asdict(self))}

    @classmethod
    def from_environment(cls) -> Plan:
        return cls(**json.loads(os.environ[ENV]))
