import pytest

from shared.cluster.impersonation import acting_for


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("dev", "fallback"), "system:serviceaccount:apps:dev"),
        (("", "fallback"), "system:serviceaccount:apps:fallback"),
        (("", ""), ""),
        ((), ""),
    ],
)
async def test_the_account_of_the_object_goes_before_the_default(client, names, expected):
    assert acting_for(client, "apps", *names).user == expected
