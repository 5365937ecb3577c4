"""tree_seed: which random cases a run tries.

The same ones wherever this tree is tested, others when anything in it changes:
what is green before it is handed in is green afterwards, and yet no case is
chosen by anybody.  `make test-long`, and a folder without git, try others each
time.
"""
import os
import random
import subprocess

SEEDS = 10 ** 6


def seed():
    try:
        tree = "" if os.environ.get("TEST_LONG") else subprocess.run(
            ["git", "rev-parse", "HEAD^{tree}"], check=True, text=True,
            cwd=os.path.dirname(os.path.abspath(__file__)),
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        tree = ""
    return int(tree, 16) % SEEDS if tree else random.randrange(SEEDS)
