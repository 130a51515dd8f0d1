import pytest

from shotprint.api.model import MPS, load_spec
from shotprint.api.throttle import Throttle
from shotprint.api.wire_errors import WireError

OPERATIONS = load_spec(MPS).operations
REPORT = OPERATIONS["ReportFpShotJobResult"]


def test_the_rate_is_reached_and_not_passed():
    throttle = Throttle(window_s=3600)  # so long that the test's own speed does not matter
    for _ in range(REPORT.qps):
        throttle.admit("account", REPORT)
    with pytest.raises(WireError) as caught:
        throttle.admit("account", REPORT)
    assert (caught.value.code, caught.value.status) == ("Throttling.User", 400)
    assert caught.value.headers == {"Retry-After": "3600"}


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
