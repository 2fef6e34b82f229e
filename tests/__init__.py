"""Tests. This comes before anything that imports cdk8s: it finds the Node.js that cdk8s runs on."""

import loom_constructs  # noqa: F401
