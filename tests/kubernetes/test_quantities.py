import pytest
from cdk8s import Size
from cdk8s_plus_27 import Cpu as PlusCpu

from loom_constructs import Cpu, Resources
from loom_constructs.kubernetes.quantities import at_least_size, notation


def resources(**changes):
    values = {
        "cpu": Cpu.millis(250),
        "memory": Size.mebibytes(512),
        "cpu_limit": Cpu.units(1),
        "memory_limit": Size.gibibytes(1),
    }
    return Resources(**(values | changes))


def test_requests_and_limits_in_kubernetes_notation():
    assert resources().manifest() == {
        "requests": {"cpu": "250m", "memory": "512Mi"},
        "limits": {"cpu": "1", "memory": "1Gi"},
    }


def test_cpu_of_cdk8s_plus_works_too():
    assert resources(cpu=PlusCpu.millis(100)).manifest()["requests"]["cpu"] == "100m"


def test_a_memory_limit_below_the_request():
    with pytest.raises(ValueError, match="memory_limit must be at least the request of 512Mi, got '256Mi'"):
        resources(memory_limit=Size.mebibytes(256))


def test_a_cpu_limit_below_the_request():
    with pytest.raises(ValueError, match="cpu_limit must be at least the request of 250m, got '100m'"):
        resources(cpu_limit=Cpu.millis(100))


def test_no_memory_at_all():
    with pytest.raises(ValueError, match="memory must be at least 1Mi, got '0Ki'"):
        resources(memory=Size.mebibytes(0))


@pytest.mark.parametrize("millis", [0, -5])
def test_no_cpu_at_all(millis):
    with pytest.raises(ValueError, match=f"millis must be at least 1, got {millis}"):
        Cpu.millis(millis)


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (Size.gibibytes(20), "20Gi"),
        (Size.mebibytes(1536), "1536Mi"),
        (Size.tebibytes(1), "1Ti"),
        (Size.kibibytes(3), "3Ki"),
    ],
)
def test_sizes_in_the_largest_exact_unit(size, text):
    assert notation(size) == text


def test_a_size_below_the_least():
    with pytest.raises(ValueError, match="storage must be at least 1Gi, got '512Mi'"):
        at_least_size("storage", Size.mebibytes(512), Size.gibibytes(1))
