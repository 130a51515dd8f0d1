import secrets

import pytest
from structlog.testing import capture_logs
from support.receiver import free_port

from shotprint.api.model import MPS, load_spec
from shotprint.api.throttle import Throttle
from shotprint.api.wire_errors import WireError
from shotprint.errors import InvalidValue

OPERATIONS = load_spec(MPS).operations
REPORT = OPERATIONS["ReportFpShotJobResult"]


def test_the_rate_is_reached_and_not_passed():
    throttle = Throttle(window_s=3600)  # so long that the test's own speed does not matter
    for _ in range(REPORT.qps):
        throttle.admit("account", REPORT)
    with pytest.raises(WireError) as caught:
        throttle.admit("account", REPORT)
    assert (caught.value.code, caught.value.status) == ("Throttling.User", 400)
    assert caught.value.headers == {"Retry-After": "3600", "x-acs-retry-after": "3600000"}


@pytest.mark.slow
def test_processes_that_count_in_one_redis_share_the_rate(redis_url):
    account = secrets.token_hex(8)
    throttles = [Throttle(redis_url, window_s=3600) for _ in range(2)]
    for number in range(REPORT.qps):
        throttles[number % 2].admit(account, REPORT)
    for throttle in throttles:
        with pytest.raises(WireError):
            throttle.admit(account, REPORT)
    throttles[0].admit(secrets.token_hex(8), REPORT)


def test_while_redis_cannot_be_reached_each_process_counts_for_itself():
    throttle = Throttle(f"redis://127.0.0.1:{free_port()}/0", window_s=3600)
    with capture_logs() as logs:
        for _ in range(REPORT.qps):
            throttle.admit("account", REPORT)
        with pytest.raises(WireError):
            throttle.admit("account", REPORT)
    assert {log["event"] for log in logs} == {"rates are counted by this process alone"}


def test_storage_that_nobody_knows_is_told():
    with pytest.raises(InvalidValue, match="rate_storage"):
        Throttle("nowhere://x")


def test_accounts_and_operations_are_counted_apart():
    throttle = Throttle(window_s=3600)
    for _ in range(REPORT.qps):
        throttle.admit("one", REPORT)
    throttle.admit("two", REPORT)
    throttle.admit("one", OPERATIONS["ListFpShotDB"])


def test_every_operation_may_be_called_100_times_a_second_but_removing_files_10_times():
    rates = {name: operation.qps for name, operation in OPERATIONS.items()}
    assert rates.pop("SubmitFpFileDeleteJob") == 10
    assert set(rates.values()) == {100}
