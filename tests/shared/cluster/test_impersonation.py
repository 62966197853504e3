import pytest

from shared.cluster.error import Invalid
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


@pytest.mark.parametrize("name", ["a\nImpersonate-Group: system:masters", "a:b", "../a", "é", "A"])
async def test_a_name_that_no_account_can_have_is_refused(client, name):
    with pytest.raises(Invalid, match="is not the name of a service account"):
        acting_for(client, "apps", name)
