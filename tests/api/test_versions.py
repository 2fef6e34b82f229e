"""Every Kubernetes version between the lowest and the newest; these two are in the fast tests."""

import kubernetes_validate
import pytest

from tests.platform.test_dist import ENVIRONMENTS, lean_schemas, objects


@pytest.mark.parametrize("version", ["1.30", "1.31", "1.32", "1.33", "1.34", "1.35", "1.36"])
def test_every_object_is_valid(version: str) -> None:
    custom = lean_schemas()
    for environment in ENVIRONMENTS:
        for o in objects(environment):
            if (o["apiVersion"], o["kind"]) not in custom:
                kubernetes_validate.validate(o, version, strict=True)
