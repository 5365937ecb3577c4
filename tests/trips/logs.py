#!/usr/bin/env python3
"""What the programs log, on the page and by `cairn logs`: a line of each, and no
secret of anybody in what is kept."""
import os
import signal

from instance import claim, instance, main, trip, until
from person import PASSWORD, Person, set_up

PROGRAMS = "cairn-fcgi", "cairn-worker", "cairn-relay", "cairn-keeper"


def kept(server):
    """All bytes of the folder of logs."""
    folder = os.path.join(server.home, "log")
    claim(os.stat(folder).st_mode & 0o777 == 0o700, "the folder is open")
    text = b""
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        claim(os.stat(path).st_mode & 0o777 == 0o600, "%s is open" % name)
        with open(path, "rb") as f:
            text += f.read()
    return text.decode()


@trip("a line of each process is on the page Logs, and no secret that was sent")
def _():
    with instance(CAIRN_LOG="debug") as server:
        owner = set_up(server)
        os.kill(server.pid("cairn-relay"), signal.SIGKILL)
        until("the keeper's line", 10, lambda: "program ended" in server.cairn(
            "logs", "-p", "cairn-keeper"))
        for program in PROGRAMS:
            page = owner.get("/admin/logs?process=" + program)
            claim(page.status == 200 and '<tr id="line-' in page.text and
                  " 0 of" not in page.text, "%s: %s" % (program, page.text))
            claim(" %s " % program in server.cairn("logs", "-p", program),
                  program)
        claim("program ended" in owner.get("/admin/logs?level=error").text,
              "no error on the page")

        token, guess = "T0ken" * 9, "hunter2 hunter2"
        key = server.json("preauthkeys", "create", "-u", "1")["key"]
        for path in ("/setup/" + token, "/reset/" + token,
                     "/register/" + token, "/nowhere?token=" + token):
            Person(server.http).get(path)
        stranger = Person(server.http)
        stranger.send(stranger.get("/login").of("form-login"), name="ann",
                      password=guess)
        saved = owner.get("/admin/logs.csv")
        claim(saved.status == 200 and "\ntime,level," in "\n" + saved.text,
              "%s: %s" % (saved.status, saved.text))
        text = kept(server) + owner.get("/admin/logs").text + saved.text + (
            server.cairn("logs", "-n", "500"))
        for secret in (token, guess, PASSWORD, key, key[-64:],
                       owner.cookies["cairn"]):
            claim(secret not in text, "%r is in the logs" % secret)


if __name__ == "__main__":
    main()
