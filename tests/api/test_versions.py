"""Every Kubernetes version between the lowest and the newest; these two are in the fast tests, most of them long."""

import kubernetes_validate
import pytest

from tests.platform.test_dist import ENVIRONMENTS, lean_schemas, objects


@pytest.mark.parametrize(
    "version", ["1.33", *(pytest.param(f"1.{n}", marks=pytest.mark.long) for n in (30, 31, 32, 34, 35, 36))]
)
def test_every_object_is_valid(version: str) -> None:
    custom = lean_schemas()
    for environment in ENVIRONMENTS:
        for o in objects(environment):
            if (o["apiVersion"], o["kind"]) not in custom:
                kubernetes_validate.validate(o, version, strict=True)
