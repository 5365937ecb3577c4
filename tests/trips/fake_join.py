#!/usr/bin/env python3
"""Made-up clients join through nginx, worker and handlers: the quickest way to
know that nothing basic is broken."""
import json
import os
import re
import subprocess

from instance import BIN, ask, claim, instance, main, trip

JOINED = re.compile(r"^joined name=(\S+) ip=(\S+) peers=(\d+)$", re.M)


def join(*args):
    """The joined clients as (name, address, peers), the status, all output."""
    p = subprocess.run([os.path.join(BIN, "fake_join"), *args], timeout=40,
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                       check=False, encoding="utf-8")
    return JOINED.findall(p.stdout), p.returncode, p.stdout


@trip("a fake client joins through nginx and straight at the worker, "
      "and sees its peers")
def fake_join():
    with instance() as one:
        one.cairn("users", "create", "ann")
        key = one.json("preauthkeys", "create", "-u", "1", "--reusable")["key"]

        found, status, said = join("--url", one.url, "--auth-key", key,
                                   "--count", "3", "--hold", "1")
        claim(status == 0 and "held clients=3 peers=2-2 " in said and
              " unknown=0" in said, said)
        claim([n.split(".")[0] for n, _, _ in found] ==
              ["fake-1", "fake-2", "fake-3"], said)
        claim([peers for _, _, peers in found] == ["0", "1", "2"], said)
        claim(len({ip for _, ip, _ in found}) == 3, said)

        answer = json.loads(ask(one.http, "/key?v=142")[2])
        found, status, said = join(
            "--worker", os.path.join(one.home, "worker.sock"), "--server-key",
            answer["publicKey"], "--auth-key", key, "--capver", "113")
        claim(status == 0 and found[0][2] == "3", said)

        _, status, said = join("--url", one.url, "--auth-key", "wrong")
        claim(status == 1 and "invalid auth key" in said, said)


main()
