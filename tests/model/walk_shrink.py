"""walk_shrink: one walk from its steps, and fewer steps that fail too.
"""
import copy
import tempfile

from walk_life import Walk
from walk_stage import Differs


def one_walk(seed, steps, a):
    """None, or (why, at which step); and what was done."""
    with tempfile.TemporaryDirectory(prefix="cairn-walk-") as folder:
        walk = Walk(seed, a.build, folder, a.verbose)
        at = None
        try:
            for at in steps:
                walk.step(at)
            walk.do_long_leap()
            failed = None
        except Differs as e:
            failed = (str(e), at)
        except AssertionError as e:
            failed = ("the model: %s" % e, at)
        good = walk.stage.end()
        if not failed and not good:
            failed = ("a program did not end well", at)
        return failed, walk


def shrink(seed, steps, a):
    """Fewer steps that fail too."""
    size = max(1, len(steps) // 2)
    while True:
        i, less = 0, False
        while i < len(steps):
            tried = steps[:i] + steps[i + size:]
            failed, _ = one_walk(seed, tried, a)
            if failed:
                steps, less = [s for s in tried if s <= failed[1]], True
                print("    %d steps fail too" % len(steps), flush=True)
            else:
                i += size
        if size == 1 and not less:
            return steps
        size = max(1, size // 2)


def tell(seed, failed, steps, a):
    why, at = failed
    print("FAIL walk %s at step %s: %s" % (seed, at, why))
    print("    again: tests/model/walk.py --seed %s --walk %d --operations 1"
          " --build %s" % (seed, a.walk, a.build))
    if a.shrink and not a.steps:
        steps = shrink(seed, [s for s in steps if s <= at], a)
        print("    shrunk: … --steps %s" % ",".join(map(str, steps)))
        again = copy.copy(a)
        again.verbose = True
        failed, _ = one_walk(seed, steps, again)
        print("    %s" % (failed[0] if failed else "it passes now"))
