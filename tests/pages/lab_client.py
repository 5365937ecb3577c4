#!/usr/bin/env python3
"""lab_client: a server and one real Tailscale client in namespaces of their
own, led by lines (first_run_test.js):

    → (nothing)        ← ready NAMESPACE URL SETUP-LINK
    → up               ← link URL      what `tailscale up` prints
    → state            ← state WORD    when it is Running, or after 30 s
"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "clients"))
import lab  # noqa: E402


def say(*words):
    print(*words, flush=True)


def setup_link(server):
    return lab.until("the setup link", 10, lambda: [
        w for w in server.log().split() if "/setup/" in w])[0]


def main():
    lab.build_client(lab.NEWEST)
    with lab.Lab("pages") as room:
        client = room.host("laptop").begin()
        say("ready", room.server.ns, room.server.url,
            setup_link(room.server))
        for line in sys.stdin:
            if line.strip() == "up":
                say("link", client.up_by_web()[1])
            else:
                client.wait_state("Running")
                say("state", client.state())


if __name__ == "__main__":
    if lab.missing():
        say("missing", lab.missing())
    else:
        main()
