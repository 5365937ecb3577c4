#!/usr/bin/env python3
"""Lists as files, through nginx: what was cut off is no file."""
import contextlib
import http.client
import os
import signal
import sqlite3
import threading

from instance import claim, instance, main, trip, until
from person import set_up

ROWS, WIDTH = 20000, 3000
PEAK_KIB = 32 * 1024  # of a handler


def fill(server):
    """An audit log that takes a while to write, and more than a socket."""
    db = sqlite3.connect(os.path.join(server.home, "cairn.db"), timeout=10)
    with contextlib.closing(db), db:
        db.execute(
            "INSERT INTO audit (at, actor, action, subject, detail) "
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
            "WHERE i < ?) SELECT 1793600000 + i, 'cli', 'list.exported', "
            "'list:0', printf('%.*c', ?, 'x') FROM n", (ROWS, WIDTH))


def children(pid):
    with open("/proc/%d/task/%d/children" % (pid, pid),
              encoding="utf-8") as f:
        return [int(p) for p in f.read().split()]


def spool(pid):
    """(position, size) in the file that the handler makes; None: no such."""
    folder = "/proc/%d/fd" % pid
    for fd in os.listdir(folder):
        with contextlib.suppress(FileNotFoundError):
            path = os.path.join(folder, fd)
            if "/answer-" in os.readlink(path):
                size = os.stat(path).st_size  # first: it may still grow
                with open("/proc/%d/fdinfo/%s" % (pid, fd),
                          encoding="utf-8") as f:
                    return int(f.readline().split()[1]), size
    return None


def handlers(server):
    return [pid for pid in children(server.pid("cairn-fcgi"))
            if os.path.exists("/proc/%d" % pid)]


def forget_peak(pid):
    with open("/proc/%d/clear_refs" % pid, "w", encoding="utf-8") as f:
        f.write("5")


def peak(pid):
    with open("/proc/%d/status" % pid, encoding="utf-8") as f:
        return next(int(line.split()[1]) for line in f if line.startswith(
            "VmHWM"))


def busy(server):
    return next((pid for pid in handlers(server) if spool(pid)), None)


def is_sending(pid):
    """It has gone back to the beginning, and waits for nginx to read."""
    at, size = spool(pid)
    return size > ROWS * WIDTH and 0 < at < size


@trip("a file whose handler is killed under way is no file to who saves it")
def _():
    with instance() as server:
        owner = set_up(server)
        fill(server)
        got = {}

        def save():
            try:
                got["page"] = owner.get("/admin/audit.csv")
            except http.client.HTTPException as e:
                got["error"] = e

        nginx = children(server.pid("nginx"))
        saving = threading.Thread(target=save)
        saving.start()
        try:
            pid = until("a handler at the file", 10, lambda: busy(server))
            for one in nginx:
                os.kill(one, signal.SIGSTOP)
            until("its first bytes on the way", 20, lambda: is_sending(pid))
            os.kill(pid, signal.SIGKILL)
        finally:
            for one in nginx:
                os.kill(one, signal.SIGCONT)
            saving.join()
        claim(isinstance(got.get("error"), http.client.IncompleteRead),
              "taken for whole: %s" % {k: getattr(v, "status", v)
                                       for k, v in got.items()})
        for one in handlers(server):
            forget_peak(one)
        page = owner.get("/admin/audit.csv")
        peaks = [peak(one) for one in handlers(server)]
        claim(max(peaks) < PEAK_KIB, "handlers grew to %s KiB" % peaks)
        claim(page.status == 200 and int(page.head["Content-Length"]) == len(
            page.text.encode()) > ROWS * WIDTH, "the next is not whole")
        claim(not [n for n in os.listdir(server.home) if "answer" in n],
              "a file is left over")


if __name__ == "__main__":
    main()
