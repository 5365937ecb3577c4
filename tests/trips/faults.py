#!/usr/bin/env python3
"""faults: what the world does to a server: the disk full or closed, the
database locked by another, no descriptors left, nginx reloaded.  Expected: a
clear 5xx or waiting, nothing half done, recovery without help."""
import contextlib
import fcntl
import json
import os
import pwd
import re
import resource
import signal
import sqlite3
import struct
import subprocess
import threading
import time

from instance import (BIN, TOP, Instance, ask, claim, folder, instance, main,
                      running, trip, until)

JOINED = re.compile(r"^joined name=(\S+) ip=(\S+) peers=(\d+)$", re.M)


class Client:
    """A made-up client that joins and holds its stream in the background."""

    def __init__(self, one, key, name):
        self.child = subprocess.Popen(
            [os.path.join(BIN, "fake_join"), "--url", one.url, "--auth-key",
             key, "--name", name, "--hold", "120"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            encoding="utf-8")

    def __enter__(self):
        line = self.child.stdout.readline()
        claim(JOINED.match(line), "no join: " + line)
        return self

    def __exit__(self, *_):
        self.child.kill()
        self.child.wait()

    def held(self):
        """The stream was never lost: with it the program would end."""
        claim(self.child.poll() is None,
              "it lost its stream: " + (self.child.stdout.read()
                                        if self.child.returncode else ""))


def join(one, key, name):
    p = subprocess.run(
        [os.path.join(BIN, "fake_join"), "--url", one.url, "--auth-key", key,
         "--name", name], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        check=False, encoding="utf-8", timeout=60)
    return p.returncode == 0, p.stdout


def reusable_key(one):
    one.cairn("users", "create", "ann")
    return one.json("preauthkeys", "create", "-u", "1", "--reusable")["key"]


def health(one):
    status, _, body = ask(one.http, "/health")
    return status, json.loads(body).get("output", "")


def is_healthy(one):
    try:
        return health(one)[0] == 200
    except (OSError, ValueError, AssertionError):
        return False


def whole(one, names):
    """The database is sound and holds the machines of these names alone."""
    with contextlib.closing(sqlite3.connect(
            "file:%s/cairn.db?mode=ro" % one.home, uri=True)) as db:
        words = db.execute("PRAGMA integrity_check").fetchone()[0]
        claim(words == "ok", words)
        claim(not db.execute("PRAGMA foreign_key_check").fetchall(), "keys")
        found = sorted(n for n, in db.execute("SELECT name FROM node"))
        claim(found == sorted(names), "machines: %s" % found)


@contextlib.contextmanager
def small_disk(size):
    """A file system of its own; needs root."""
    with folder() as path:
        p = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=%s" % size,
                            "cairn-test", path], check=False,
                           capture_output=True, encoding="utf-8")
        claim(p.returncode == 0, "mount: " + p.stderr)
        try:
            yield path
        finally:
            subprocess.run(["umount", "-l", path], check=True)


def fill(path):
    """Until nothing goes in any more."""
    with open(path, "wb", buffering=0) as f:
        with contextlib.suppress(OSError):
            while f.write(b"x" * 4096):
                pass


@contextlib.contextmanager
def no_spare_log(one):
    """The database's log is cut to nothing, and what is written is kept in it:
    else it would be begun anew where room was taken before."""
    with contextlib.closing(sqlite3.connect(
            one.home + "/cairn.db", isolation_level=None)) as db:
        until("the log is cut", 10, lambda: not db.execute(
            "PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0])
        db.execute("BEGIN")
        db.execute("SELECT count(*) FROM node").fetchone()
        yield


@trip("while the disk is full reads go on, joins get 503, and room mends it")
def disk_full():
    if os.geteuid():
        return "needs root"
    with small_disk("16m") as disk:
        one = Instance(os.path.join(disk, "h"))
        one.log = os.path.join("/tmp", os.path.basename(disk) + ".log")
        with one:
            one.begin()
            key = reusable_key(one)
            with Client(one, key, "stays") as stays:
                with no_spare_log(one):
                    fill(disk + "/filler")
                    claim(ask(one.http, "/key?v=142")[0] == 200, "no reads")
                    good, said = join(one, key, "early")
                    claim(not good and "status 503" in said and
                          "disk is full" in said, said)
                    said = one.cairn("users", "create", "bob", ok=False)
                    claim("disk is full" in said, said)
                    claim("disk is full" in health(one)[1], health(one))
                os.unlink(disk + "/filler")
                good, said = join(one, key, "late")
                claim(good, said)
                until("health again", 5, lambda: is_healthy(one))
                whole(one, ["stays", "late"])
                stays.held()
        os.unlink(one.log)
    return None


def shim():
    """The library that puts faults under the programs: tests/ledger/shim.c."""
    path = os.path.join(os.path.dirname(BIN), "tests", "ledger", "shim.so")
    subprocess.run(["make", "-s", os.path.relpath(path, TOP)], check=True,
                   stdout=subprocess.DEVNULL)
    return path


@trip("on a file system turned read-only reads go on, and joins get 503")
def read_only():
    with folder() as path:
        closed = path + "/closed"
        with Instance(path + "/h", LD_PRELOAD=shim(),
                      LEDGER_CLOSED=closed) as one:
            one.begin()
            key = reusable_key(one)
            with Client(one, key, "stays") as stays:
                with open(closed, "w", encoding="utf-8"):
                    pass
                claim(ask(one.http, "/key?v=142")[0] == 200, "no reads")
                good, said = join(one, key, "early")
                claim(not good and "status 503" in said and
                      "cannot be written" in said, said)
                os.unlink(closed)
                good, said = join(one, key, "late")
                claim(good, said)
                whole(one, ["stays", "late"])
                stays.held()


@trip("a folder or database that cannot be written is one line at the start")
def closed_folder():
    if os.geteuid():
        return "needs root"
    user = pwd.getpwnam("nobody")
    nobody = ("setpriv", "--reuid=%d" % user.pw_uid,
              "--regid=%d" % user.pw_gid, "--clear-groups")
    if subprocess.run([*nobody, "test", "-r", TOP + "/scripts/run.sh"],
                      check=False).returncode:
        return "the checkout is not readable by others"
    with folder() as path:
        os.chmod(path, 0o755)
        os.mkdir(path + "/h")
        os.chown(path + "/h", user.pw_uid, user.pw_gid)
        with Instance(path + "/h", HOME=path) as one:
            one.begin(nobody)
            one.end()
            for file in ("/cairn.db", ""):  # as after a start by root
                os.chown(one.home + file, 0, 0)
                said = one.fails(nobody)
                claim(len(said.splitlines()) == 1 and
                      ("writable" in said or "written" in said), said)
                os.chown(one.home + file, user.pw_uid, user.pw_gid)
            one.begin(nobody)
    return None


def hold_lock(one, seconds):
    """Another program with the writers' lock."""
    with open(one.home + "/cairn.lock", "rb+") as f:
        fcntl.flock(f, fcntl.LOCK_EX)
        time.sleep(seconds)


def hold_database(one, seconds):
    """A stock program in the middle of a write."""
    with contextlib.closing(sqlite3.connect(
            one.home + "/cairn.db", isolation_level=None)) as db:
        db.execute("PRAGMA wal_autocheckpoint=0")
        db.execute("BEGIN IMMEDIATE")
        time.sleep(seconds)
        db.execute("ROLLBACK")


@trip("a database locked for ten seconds: reads go on, writers wait, then 503")
def locked():
    with instance() as one:
        key = reusable_key(one)
        with Client(one, key, "stays") as stays:
            for n, (hold, length) in enumerate(
                    ((hold_database, 10), (hold_lock, 7))):
                holder = threading.Thread(target=hold, args=(one, length))
                begun = time.monotonic()
                holder.start()
                time.sleep(0.2)  # the holder has it by now, or waits for it
                good, said = join(one, key, "early-%d" % n)
                took = time.monotonic() - begun
                claim(not good and "status 503" in said, said)
                claim(4 < took < 7, "it took %.1f s" % took)
                claim(ask(one.http, "/key?v=142")[0] == 200, "no reads")
                claim(is_healthy(one), health(one))
                good, said = join(one, key, "late-%d" % n)  # it waits
                claim(good, said)
                took = time.monotonic() - begun
                claim(took < length + 2, "the waiting took %.1f s" % took)
                holder.join()
            whole(one, ["stays", "late-0", "late-1"])
            stays.held()


def cpu_seconds(pid):
    with open("/proc/%d/stat" % pid, encoding="utf-8") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def handlers(one):
    master = one.pid("cairn-fcgi")
    found = []
    for pid in running(one.home):
        with contextlib.suppress(OSError):
            with open("/proc/%d/stat" % pid, encoding="utf-8") as f:
                if int(f.read().rsplit(")", 1)[1].split()[1]) == master:
                    found.append(pid)
    return found


@contextlib.contextmanager
def no_descriptors(pids):
    """These processes can open nothing more."""
    old = [resource.prlimit(p, resource.RLIMIT_NOFILE) for p in pids]
    for p, (_, most) in zip(pids, old):
        used = max(map(int, os.listdir("/proc/%d/fd" % p))) + 1
        resource.prlimit(p, resource.RLIMIT_NOFILE, (used, most))
    try:
        yield
    finally:
        for p, limits in zip(pids, old):
            resource.prlimit(p, resource.RLIMIT_NOFILE, limits)


@trip("without descriptors nobody new is served, nobody old is lost, no CPU "
      "is burnt, and it passes")
def descriptors():
    with instance() as one:
        key = reusable_key(one)
        with Client(one, key, "stays") as stays:
            names = ["stays"]
            for program, pids in (("worker", [one.pid("cairn-worker")]),
                                  ("handlers", handlers(one)),
                                  ("relay", [one.pid("cairn-relay")])):
                with no_descriptors(pids):
                    before = sum(map(cpu_seconds, pids))
                    child = subprocess.Popen(
                        [os.path.join(BIN, "fake_join"), "--url", one.url,
                         "--auth-key", key, "--name", program],
                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                        encoding="utf-8")
                    with contextlib.suppress(OSError, AssertionError):
                        ask(one.http, "/derp/probe", seconds=1)
                    with contextlib.suppress(OSError, AssertionError):
                        ask(one.http, "/key?v=142", seconds=1)
                    time.sleep(1)
                    burnt = sum(map(cpu_seconds, pids)) - before
                    claim(burnt < 0.5, "%s: %.2f s of CPU" % (program, burnt))
                said = child.communicate()[0]
                if child.returncode == 0:
                    names.append(program)
                claim(program != "worker" or child.returncode, said)
                good, said = join(one, key, program + "-2")
                claim(good, said)
                names.append(program + "-2")
                claim(ask(one.http, "/derp/probe")[0] == 200, "no relay")
            whole(one, names)
            stays.held()


class Asker(threading.Thread):
    """Asks /key again and again until it is stopped."""

    def __init__(self, one):
        super().__init__()
        self.one, self.asked, self.failed, self.stop = one, 0, [], False
        self.start()

    def run(self):
        while not self.stop:
            self.asked += 1
            try:
                status = ask(self.one.http, "/key?v=142")[0]
                if status != 200:
                    self.failed.append(status)
            except (OSError, AssertionError) as e:
                self.failed.append(e)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop = True
        self.join()


def child_of(pid):
    with open("/proc/%d/task/%d/children" % (pid, pid),
              encoding="utf-8") as f:
        return set(map(int, f.read().split()))


@trip("a reload of nginx fails no request, and ends no stream at once")
def reload():
    with instance() as one:
        key = reusable_key(one)
        with Client(one, key, "stays") as stays, Asker(one) as asker:
            nginx = one.pid("nginx")
            for n in range(3):
                old = child_of(nginx)
                one.keeper.send_signal(signal.SIGHUP)
                until("a new worker of nginx", 10,
                      lambda: child_of(nginx) - old)
                good, said = join(one, key, "joins-%d" % n)
                claim(good, said)
                stays.held()
            claim(one.pid("nginx") == nginx, "another nginx")
        claim(asker.asked > 20 and not asker.failed,
              "%d of %d: %s" % (len(asker.failed), asker.asked,
                                asker.failed[:3]))


@trip("a killed nginx is there again at once, its worker without a word")
def killed():
    with instance() as one:
        key = reusable_key(one)
        for n, find in enumerate((lambda: one.pid("nginx"), lambda: min(
                child_of(one.pid("nginx"))))):
            os.kill(find(), signal.SIGKILL)
            until("a machine joins", 5,
                  lambda n=n: join(one, key, "joins-%d" % n)[0])
        whole(one, ["joins-0", "joins-1"])


class Clock:
    """A machine whose wall clock can be set: seconds wrong."""

    def __init__(self, path):
        self.file = path + "/clock"
        self.set(0)
        self.env = {"LD_PRELOAD": shim(), "LEDGER_CLOCK": self.file}

    def set(self, seconds):
        with open(self.file, "r+b" if os.path.exists(self.file) else "wb",
                  buffering=0) as f:
            f.write(struct.pack("=q", seconds))

    def cairn(self, one, *args):
        p = subprocess.run([os.path.join(BIN, "cairn"), "--home", one.home,
                            *args], env=one.env, stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, check=False,
                           encoding="utf-8", timeout=30)
        claim(p.returncode == 0, "cairn %s: %s" % (args, p.stdout))
        return p.stdout


def expired(clock, one):
    """Names of the machines whose key has expired."""
    head, *rows = [[cell.strip() for cell in line.split("|")] for line in
                   clock.cairn(one, "nodes", "list").splitlines()
                   if "|" in line]
    return sorted(r[head.index("Name")] for r in rows
                  if r[head.index("Expired")] == "yes")


def held_time(one):
    """What the worker has written last as the time it holds."""
    with contextlib.closing(sqlite3.connect(
            "file:%s/cairn.db?mode=ro" % one.home, uri=True)) as db:
        return db.execute("SELECT at FROM stat WHERE name = "
                          "'cairn_worker_change_seq'").fetchone()[0]


def clock_steps(clock, one, keys, seconds, name):
    """The clock is set: who joins may, what has expired stays so."""
    clock.set(seconds)
    until("health %d s wrong" % seconds, 15, lambda: is_healthy(one))
    good, said = join(one, keys[0], name)
    claim(good, said)
    good, said = join(one, keys[1], "no-" + name)
    claim(not good and "has expired" in said, said)
    claim(expired(clock, one) == ["short"], "%d s: %s" % (
        seconds, expired(clock, one)))


@trip("a clock set forward or back an hour ends no stream, and revives nothing "
      "that has expired")
def clock_set():
    with folder() as path:
        clock = Clock(path)
        with Instance(path + "/h", **clock.env) as one:
            one.begin()
            one.cairn("users", "create", "ann")
            keys = [json.loads(clock.cairn(
                one, "preauthkeys", "create", "-u", "1", "--reusable", "-e",
                life, "-o", "json"))["key"] for life in ("24h", "15s")]
            with Client(one, keys[0], "stays") as stays:
                claim(join(one, keys[1], "short")[0], "no join")
                clock.cairn(one, "nodes", "expire", "-i", "2", "--expiry",
                            time.strftime("%Y-%m-%dT%H:%M:%SZ",
                                          time.gmtime(time.time() + 18)))
                claim(expired(clock, one) == [], expired(clock, one))
                until("its end, behind the key's", 40,
                      lambda: expired(clock, one) == ["short"])
                clock_steps(clock, one, keys, 3600, "forward")
                clock_steps(clock, one, keys, 0, "back")
                clock_steps(clock, one, keys, -3600, "further-back")
                until("the worker's words", 5, lambda:
                      "the clock was set seconds=-" in one.said())
                stays.held()
            one.end()
            one.begin()
            clock_steps(clock, one, keys, -3600, "after-a-start")
            whole(one, ["stays", "short", "forward", "back", "further-back",
                        "after-a-start"])


def rounds(one, count):
    """Waits until the worker has swept so often: with each it writes a mark."""
    for _ in range(count):
        before = held_time(one)
        until("the worker's next mark", 20, lambda: held_time(one) > before)


@trip("a clock set forward an hour and back again expires nobody and throws "
      "nobody out")
def clock_doubted():
    with folder() as path:
        clock = Clock(path)
        with Instance(path + "/h", **clock.env) as one:
            one.begin()
            key = reusable_key(one)
            fleeting = json.loads(clock.cairn(
                one, "preauthkeys", "create", "-u", "1", "--ephemeral",
                "--reusable", "-o", "json"))["key"]
            claim(join(one, fleeting, "fleeting")[0], "no join")
            with Client(one, key, "stays") as stays:
                clock.cairn(one, "nodes", "expire", "-i", "2", "--expiry",
                            time.strftime("%Y-%m-%dT%H:%M:%SZ",
                                          time.gmtime(time.time() + 1800)))
                clock.set(3600)
                until("the worker's words", 10,
                      lambda: "not_believed=3600" in one.said())
                rounds(one, 3)
                claim("ephemeral node removed" not in one.said(),
                      "it was away for a moment only")
                clock.set(0)
                until("the worker's words", 10,
                      lambda: "not_believed=0" in one.said())
                claim(expired(clock, one) == [], expired(clock, one))
                stays.held()
                whole(one, ["fleeting", "stays"])


if __name__ == "__main__":
    main()
