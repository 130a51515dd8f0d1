"""Asserts of the modules beside the tests tell what they compared, too."""

import pytest

pytest.register_assert_rewrite("service_sides", "service_callers", "service_machine")
