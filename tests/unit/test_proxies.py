"""Whoever connects directly cannot say another address; behind our own proxies the first foreign one counts."""

import pytest

from registry.accounts.client_address import farthest_known

OURS = ["10.0.0.0/8", "2001:db8::/32"]


@pytest.mark.parametrize(
    ("nearest", "way", "trusted", "expected"),
    [
        pytest.param("198.51.100.7", [], [], "198.51.100.7", id="no proxy"),
        pytest.param("198.51.100.7", ["192.0.2.1"], [], "198.51.100.7", id="a claim, and no proxy is trusted"),
        pytest.param("198.51.100.7", ["192.0.2.1"], OURS, "198.51.100.7", id="a claim past the proxy"),
        pytest.param("10.0.0.1", ["192.0.2.1"], OURS, "192.0.2.1", id="one proxy"),
        pytest.param("10.0.0.1", ["6.6.6.6", "192.0.2.1"], OURS, "192.0.2.1", id="a claim sent to the proxy"),
        pytest.param("10.0.0.1", ["192.0.2.1", "10.0.0.2"], OURS, "192.0.2.1", id="two proxies"),
        pytest.param("10.0.0.1", ["10.9.9.9"], OURS, "10.9.9.9", id="somebody inside"),
        pytest.param("10.0.0.1", ["nonsense"], OURS, "10.0.0.1", id="no address"),
        pytest.param("10.0.0.1", ["192.0.2.1", "nonsense"], OURS, "10.0.0.1", id="no address last"),
        pytest.param("2001:db8::5", ["2001:DB8:1::9", "192.0.2.1"], OURS, "192.0.2.1", id="version 6"),
        pytest.param("", ["192.0.2.1"], ["unix"], "192.0.2.1", id="through a socket"),
        pytest.param("", ["192.0.2.1"], [], "", id="through a socket that is not trusted"),
    ],
)
def test_the_address_that_counts(nearest, way, trusted, expected):
    assert farthest_known(nearest, way, trusted) == expected
