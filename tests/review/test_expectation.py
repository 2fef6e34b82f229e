"""The file that says what is meant."""

import json

import pytest

from loom_constructs.review.expectation import Expectation

PEERS = {"a": {"namespace": "n", "labels": {"app": "a"}}, "net": {"networks": ["0.0.0.0/0"], "except": ["10.0.0.0/8"]}}


def text(**changes):
    call = {"from": "a", "to": "net", "port": 443} | changes.pop("call", {})
    return {"mesh": False, "peers": PEERS, "calls": [call]} | changes


def test_it_is_read(tmp_path):
    file = tmp_path / "x.json"
    file.write_text(json.dumps(text()))

    found = Expectation.read(file)

    assert str(found.calls[0]) == "a -> net:443"
    assert found.calls[0].protocol == "TCP"
    assert found.peers["net"].exceptions == ("10.0.0.0/8",)
    assert found.peers["a"].service_account == "default"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"call": {"from": "b"}}, "calls must name peers of the expectation, got 'b'"),
        ({"call": {"port": "http"}}, "port of a call must be a number from 1 to 65535, got 'http'"),
        ({"call": {"port": 70000}}, "port of a call must be a number from 1 to 65535, got 70000"),
        ({"call": {"protocol": "HTTP"}}, "protocol of a call must be TCP, UDP or SCTP, got 'HTTP'"),
        ({"peers": {"a": {}, "net": {"networks": ["0.0.0.0/0"]}}}, "peer a must have a namespace or networks, got"),
        (
            {"peers": {"net": {"networks": ["everywhere"]}}},
            "networks of net must be addresses such as 10.0.0.0/16, got",
        ),
    ],
)
def test_what_is_wrong_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        Expectation.of(text(**changes))


def test_a_missing_part_is_refused():
    with pytest.raises(ValueError, match="expectation must have calls, got"):
        Expectation.of({"mesh": True, "peers": {}})


def test_a_file_that_is_none_is_refused(tmp_path):
    (tmp_path / "x.json").write_text("{")

    with pytest.raises(ValueError, match="must be JSON"):
        Expectation.read(tmp_path / "x.json")
    with pytest.raises(ValueError, match="expectation must be a file, got"):
        Expectation.read(tmp_path / "nowhere.json")
