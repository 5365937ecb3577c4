#!/usr/bin/env python3
"""What pages leave in the memory of a handler, at 10,000 machines
(spec/pages.md 16)."""
import os
import subprocess

from instance import TOP, claim, instance, main, running, trip, until
from person import set_up

MACHINES = "10000"
MOST_KIB = 32 * 1024
PAGES = ("/admin/machines", "/admin/machines?q=host&sort=-seen",
         "/admin/machines/1", "/admin/machines.json", "/admin/routes",
         "/admin/access?src=host-00001", "/admin/access?dst=tag:server",
         "/admin/access?src=autogroup:member",
         "/admin/network", "/admin/network.svg", "/admin/network?view=paths",
         "/admin/network?view=paths&q=direct", "/admin/users",
         "/admin/policy", "/admin/audit", "/admin/")


def largest(server):
    """Resident KiB of the largest handler."""
    most = 0
    for pid in running(server.home):
        try:
            with open("/proc/%d/cmdline" % pid, "rb") as f:
                if b"cairn-fcgi" not in f.read():
                    continue
            with open("/proc/%d/status" % pid, encoding="ascii") as f:
                most = max([most] + [int(line.split()[1]) for line in f
                                     if line.startswith("VmRSS:")])
        except OSError:
            pass
    claim(most, "no handler runs")
    return most


@trip("no page of ten thousand machines leaves a handler with more than 32 MiB")
def _():
    with instance() as server:
        owner = set_up(server, "ada")
        subprocess.run([os.path.join(TOP, "tests/pages/fill.py"), server.home,
                        "many", MACHINES], check=True)
        for path in PAGES:
            for _ in range(3):
                claim(owner.get(path).status == 200, "%s: %d" % (
                    path, owner.page.status))
            # It gives back behind the answer.
            until("memory of what showed " + path, 10,
                  lambda: largest(server) <= MOST_KIB)


if __name__ == "__main__":
    main()
