#!/usr/bin/env python3
"""make_run: the two commands.  Starts, says what is wrong, ends cleanly."""
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import time

from instance import (Instance, TOP, ask, claim, folder, free_port, instance,
                      main, running, trip, until)

PROGRAMS = ("cairn-worker", "cairn-fcgi", "cairn-relay", "nginx")


def only_data(home):
    """No socket, no lock of the keeper, nothing half-written."""
    left = [os.path.join(d, f) for d, _, files in os.walk(home) for f in files
            if f.endswith((".sock", ".new", ".tmp", "-journal", "keeper.lock",
                           "pid", "-wal", "-shm", "worker.alive"))]
    claim(not left, "left behind: %s" % left)


@trip("it says how to log in, and what makes a user and a key")
def lines():
    with instance() as c:
        said = c.said()
        claim("tailscale up --login-server " + c.url in said, said)
        claim(c.url + "/admin/machines/new\n" in said, said)
        claim("users create NAME" in said, said)
        claim("preauthkeys create -u NAME" in said, said)
        mode = os.stat(c.home + "/nginx/banner").st_mode & 0o777
        claim(mode == 0o600, "others read the link: %o" % mode)
        claim(re.search(re.escape(c.url) + r"/setup/[\w-]{43}\n", said), said)
        status, _, body = ask(c.http, "/key?v=142")
        claim(status == 200 and b"mkey:" in body, body)
        status, _, body = ask(c.https, "/key?v=142", tls=True)
        claim(status == 200, body)


@trip("Ctrl-C ends everything within ten seconds and leaves data only")
def clean_end():
    with instance() as c:
        begun = time.monotonic()
        claim(c.end(signal.SIGINT) == 0, "status: " + c.said())
        claim(time.monotonic() - begun < 10, "it took too long")
        claim(not running(c.home), "processes: %s" % running(c.home))
        only_data(c.home)


@trip("a second run finds its data and keeps keys and certificate")
def second_run():
    with instance() as c:
        c.cairn("users", "create", "alice")
        key = ask(c.http, "/key?v=142")[2]
        with open(c.home + "/tls/cert.pem", encoding="utf-8") as f:
            certificate = f.read()
        c.end()
        c.begin()
        claim("alice" in c.cairn("users", "list"), "the user is gone")
        claim(ask(c.http, "/key?v=142")[2] == key, "another key")
        with open(c.home + "/tls/cert.pem", encoding="utf-8") as f:
            claim(f.read() == certificate, "another certificate")


@trip("address and ports in the environment hold for that run")
def other_ports():
    with instance() as c:
        first = c.http
        c.end()
        c.http = free_port()
        c.env["CAIRN_HTTP_PORT"] = str(c.http)
        c.begin()
        claim("--login-server http://127.0.0.1:%d " % c.http in c.said(),
              c.said())
        claim(ask(c.http, "/key?v=142")[0] == 200, "no answer")
        claim(c.cairn("settings", "get", "http_port").strip() == str(first),
              "the setting changed")


@trip("doctor goes where this run serves, and says so")
def doctor():
    with instance() as c:
        c.end()
        said = c.cairn("doctor", ok=False)
        claim("FAIL  cairn: it is not running" in said, said)
        claim(said.count(" — start") == 1, said)
        first, c.http = c.http, free_port()
        c.env["CAIRN_HTTP_PORT"] = str(c.http)
        c.begin()
        said = c.cairn("doctor", ok=False)
        claim("url: this run serves http://127.0.0.1:%d, the settings say "
              "http://127.0.0.1:%d\n" % (c.http, first) in said, said)
        claim("/key answers with this server's key" in said, said)
        claim("FAIL" not in said, said)


@trip("the certificate names the hosts, follows them, and spares one's own")
def certificate():
    with folder() as path:
        def names():
            return subprocess.run(
                ["openssl", "x509", "-in", path + "/tls/cert.pem", "-noout",
                 "-ext", "subjectAltName"], check=True,
                capture_output=True, encoding="utf-8").stdout

        def cert(*hosts):
            subprocess.run(["scripts/cert.sh", path, *hosts], check=True)
            with open(path + "/tls/cert.pem", "rb") as f:
                return f.read()
        first = cert("vpn.example.org", "127.0.0.1")
        claim("DNS:vpn.example.org" in names(), names())
        claim("IP Address:127.0.0.1" in names(), names())
        claim(cert("vpn.example.org", "127.0.0.1") == first, "made anew")
        second = cert("other.example.org", "127.0.0.1")
        claim(second != first and "other.example.org" in names(), names())
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=own",
             "-keyout", path + "/tls/key.pem", "-out",
             path + "/tls/cert.pem"], check=True, capture_output=True)
        own = cert("third.example.org")
        claim("third" not in names(), "one's own was replaced")
        claim(cert("fourth.example.org") == own, "one's own was replaced")


@trip("what dies is started again")
def restarts():
    with instance() as c:
        for program in PROGRAMS:
            old = c.pid(program)
            claim(old, "%s does not run" % program)
            os.kill(old, signal.SIGKILL)
            until(program + " again", 10,
                  lambda: c.pid(program) not in (0, old))
        until("an answer", 10, lambda: answers(c))


def answers(c):
    try:
        return ask(c.http, "/key?v=142")[0] == 200
    except OSError:
        return False


@trip("a killed keeper takes everything with it, and the next one starts")
def keeper_killed():
    with instance() as c:
        os.kill(c.keeper.pid, signal.SIGKILL)
        c.keeper.wait()
        until("all gone", 10, lambda: not running(c.home))
        c.begin()
        claim(answers(c), "no answer")


@trip("one line names a taken port and who has it")
def port_taken():
    with folder() as path:
        c = Instance(path + "/h")
        with socket.create_server(("127.0.0.1", c.http)):
            said = c.fails()
            claim("port %d" % c.http in said and "pid %d" % os.getpid()
                  in said, said)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.bind(("127.0.0.1", c.stun))
            said = c.fails()
            claim("UDP port %d" % c.stun in said, said)
        claim(len(said.splitlines()) == 1, said)
        c.begin()
        claim("runs already" in Instance(path + "/h").fails(), "two keepers")
        c.end()


def fails_on_ports(c):
    https = c.env["CAIRN_HTTPS_PORT"]
    for wrong, words in (("99999", "99999"), ("0", "port 0"), ("abc", "abc"),
                         ("9" * 30, "between"), (https, "two ports")):
        c.env["CAIRN_HTTP_PORT"] = wrong
        said = c.fails()
        claim(words in said and len(said.splitlines()) == 1, said)


@trip("one line names a port that is none, at the first start and later")
def no_port():
    with folder() as path:
        c = Instance(path + "/h")
        good = c.env["CAIRN_HTTP_PORT"]
        fails_on_ports(c)
        claim(not os.listdir(c.home), os.listdir(c.home))
        c.env["CAIRN_HTTP_PORT"] = good
        c.begin()
        c.end()
        fails_on_ports(c)


@trip("a first start that fails binds the next one to nothing")
def failed_first():
    with folder() as path:
        c = Instance(path + "/h")
        with socket.create_server(("127.0.0.1", c.http)):
            c.fails()
        claim(not os.listdir(c.home), os.listdir(c.home))
        for name, wrong in (("CAIRN_DNS_DOMAIN", "no domain"),
                            ("CAIRN_URL", "ftp://x")):
            c.env[name] = wrong
            claim(len(c.fails().splitlines()) == 1, c.said())
            del c.env[name]
        # A file where nginx wants its folder: what fails late.
        with open(c.home + "/nginx", "w", encoding="utf-8"):
            c.fails()
        os.unlink(c.home + "/nginx")
        claim(not os.path.exists(c.home + "/cairn.db"), os.listdir(c.home))
        claim(not os.path.exists(c.home + "/keys"), os.listdir(c.home))
        c.http = free_port()
        c.env["CAIRN_HTTP_PORT"] = str(c.http)
        c.begin()
        claim(c.cairn("settings", "get", "http_port").strip() == str(c.http),
              "the first that succeeds is not the first")
        c.end()


@trip("after a clean end cairn.db alone holds everything")
def database_alone():
    with folder() as path:
        c = Instance(path + "/h")
        c.begin()
        c.cairn("users", "create", "lonely")
        c.end()
        alone = path + "/alone.db"
        shutil.copy(c.home + "/cairn.db", alone)
        with sqlite3.connect(alone) as db:
            names = [n for n, in db.execute("SELECT name FROM user")]
        claim("lonely" in names, names)


@trip("of two first runs at once, one starts and the other says so")
def two_at_once():
    with folder() as path:
        pair = [Instance(path + "/h"), Instance(path + "/h")]
        pair[1].env, pair[1].log = pair[0].env, path + "/second.log"
        for c in pair:
            c.launch()
        until("one is refused", 30, lambda: any(
            c.keeper.poll() is not None for c in pair))
        pair.sort(key=lambda c: c.keeper.poll() is not None)
        said = pair[1].said()
        claim("runs already" in said or "cannot be used" in said, said)
        claim(len(said.splitlines()) == 1, said)
        until("the other starts", 30, lambda: "cairn runs." in pair[0].said())
        pair[0].end()


@trip("one line says that the folder cannot be used")
def bad_folder():
    with folder() as path:
        c = Instance(path + "/h")
        c.env["CAIRN_HOME"] = "/proc/nowhere"
        said = c.fails()
        claim("/proc/nowhere" in said and len(said.splitlines()) == 1, said)
        c.env["CAIRN_HOME"] = path + "/" + "x" * 100
        said = c.fails()
        claim("too long" in said and len(said.splitlines()) == 1, said)


@trip("one line says whose folder it is, before anything is built")
def folder_of_another():
    if os.geteuid() or not os.access(TOP, os.W_OK):
        return "needs root"
    with folder() as path:
        os.chmod(path, 0o755)
        nobody = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
        if subprocess.run([*nobody, "test", "-r", TOP + "/scripts/run.sh"],
                          check=False).returncode:
            return "the checkout is not readable by others"
        os.mkdir(path + "/h")
        c = Instance(path + "/h")
        del c.env["NO_BUILD"]
        said = c.fails(nobody)
        claim("belongs to root" in said and len(said.splitlines()) == 1, said)
    return None


@trip("a wildcard to listen on needs a URL; plain http in public is warned of")
def urls():
    with folder() as path:
        c = Instance(path + "/h", CAIRN_LISTEN="0.0.0.0")
        said = c.fails()
        claim("CAIRN_URL" in said and len(said.splitlines()) == 1, said)
        c.env["CAIRN_URL"] = "http://vpn.example.org:8080"
        c.begin()
        claim("warning" in c.said() and "https" in c.said(), c.said())
        c.end()


@trip("a URL that comes later is kept where none was set; else it says how")
def later_url():
    with instance() as c:
        c.end()
        c.env["CAIRN_LISTEN"] = "0.0.0.0"
        c.env["CAIRN_URL"] = "http://192.168.1.5:8080"
        c.begin()
        claim("Login server: http://192.168.1.5:8080\n" in c.said(), c.said())
        claim(c.cairn("settings", "get", "url").strip() == c.env["CAIRN_URL"],
              "not kept")
        c.end()
        c.env["CAIRN_URL"] = "http://192.168.1.6:8080"
        c.begin()
        claim("settings set url http://192.168.1.6:8080" in c.said(), c.said())
        claim("Login server: http://192.168.1.5:8080\n" in c.said(), c.said())
        c.end()


@trip("one line says that the database is newer than the program")
def newer_database():
    with instance() as c:
        c.end()
        with sqlite3.connect(c.home + "/cairn.db") as db:
            db.execute("PRAGMA user_version = 9999")
        db.close()
        said = c.fails()
        claim("newer" in said, said)
        claim(len(said.splitlines()) == 1, said)


@trip("an ordinary user can run it")
def ordinary_user():
    if os.geteuid():
        return "it is what all trips do here"
    with folder() as path:
        os.chmod(path, 0o777)
        test = subprocess.run(["setpriv", "--reuid=65534", "--regid=65534",
                               "--clear-groups", "test", "-r",
                               TOP + "/scripts/run.sh"], check=False)
        if test.returncode:
            return "the checkout is not readable by others"
        c = Instance(path + "/h")
        c.log = path + "/log"
        c.begin(("setpriv", "--reuid=65534", "--regid=65534",
                 "--clear-groups", "env", "HOME=" + path))
        claim(ask(c.http, "/key?v=142")[0] == 200, c.said())
        c.end()
        only_data(c.home)
    return None


if __name__ == "__main__":
    main()
