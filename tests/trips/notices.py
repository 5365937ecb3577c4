#!/usr/bin/env python3
"""Notices, to real receivers: webhooks that are good and each way in which they
can be bad, and mail to a real SMTP server (aiosmtpd) with STARTTLS.

Receivers stand on loopback, so the setting notice_private is on, but where that
it is off is what a trip is about.
"""
import contextlib
import email
import email.policy
import hashlib
import hmac
import http.server
import json
import os
import re
import ssl
import sys
import time

# Debian's package, for a Python that is not Debian's too.
sys.path.append("/usr/lib/python3/dist-packages")

# pylint: disable=wrong-import-position
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from instance import claim, folder, instance, main, trip, until
from outside import certificate, serve
from person import set_up

HERE = "/admin/settings/notifications"
SECONDS = 30  # that a notice may be on its way
PASSWORD = "swordfish and chips"


class Receiver(http.server.BaseHTTPRequestHandler):
    """Keeps what it gets, and answers what its server was told to."""

    def do_POST(self):  # pylint: disable=invalid-name
        body = self.rfile.read(int(self.headers["Content-Length"]))
        s = self.server
        s.got.append((self.path, dict(self.headers), body))
        try:
            if s.how == "slow":
                s.ended.wait(30)
                return
            self.send_response({"error": 500, "away": 302}.get(s.how, 200))
            if s.how == "away":
                self.send_header("Location", s.url + "/elsewhere")
            self.end_headers()
            if s.how == "huge":
                for _ in range(4096):
                    self.wfile.write(b"x" * 65536)
        except OSError:
            pass  # it has hung up, as it should

    def log_message(self, *_):
        pass


class Mailbox:
    """What the SMTP server took, by whom."""

    def __init__(self):
        self.got, self.names = [], []

    async def handle_DATA(self, server, session, envelope):
        # pylint: disable=invalid-name,unused-argument
        claim(session.ssl, "mail came without TLS")
        self.got.append(envelope)
        return "250 OK"

    def check(self, server, session, envelope, mechanism, data):
        # pylint: disable=too-many-arguments,unused-argument
        self.names.append(data.login.decode())
        return AuthResult(success=data.password.decode() == PASSWORD)


@contextlib.contextmanager
def mail_server(tls):
    box = Mailbox()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tls + ".pem", tls + ".key")
    controller = Controller(
        box, hostname="127.0.0.1", port=0, tls_context=context,
        require_starttls=True, authenticator=box.check, auth_required=True)
    controller.port = free()
    controller.start()
    box.port = controller.port
    try:
        yield box
    finally:
        controller.stop()


def free():
    import socket  # pylint: disable=import-outside-toplevel
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Stage:
    def __init__(self, one, hook, box):
        self.one, self.hook, self.box = one, hook, box
        self.owner = set_up(one)

    def private(self, on="true"):
        self.one.cairn("settings", "set", "notice_private", on)

    def fill(self, ident, **fields):
        form = self.owner.get(HERE).of(ident)
        return self.owner.send(form, **fields)

    def webhook(self, event="machine.new", place="/in"):
        page = self.fill("form-settings-notifications",
                         url=self.hook.url + place, event=event)
        claim(page.status == 200, (page.status, page.text))
        return re.search("cairn-webhook-[0-9a-f]{64}", page.text).group()

    def test(self, number):
        page = self.fill("form-test-%d" % number)
        claim(page.status == 303, (page.status, page.text))

    def log(self, number=1):
        return self.owner.get("%s/%d" % (HERE, number)).text

    def says(self, words, number=1):
        until("%s in the log" % words, SECONDS,
              lambda: words in self.log(number))


@contextlib.contextmanager
def stage():
    with folder() as path:
        tls = os.path.join(path, "tls")
        certificate(tls)
        with serve(Receiver, tls, got=[], how="") as hook, \
                mail_server(tls) as box, instance(
                    SSL_CERT_FILE=tls + ".pem") as one:
            yield Stage(one, hook, box)


@trip("a webhook gets what happens once, signed, and a second time with the "
      "same id while it fails")
def good():
    with stage() as s:
        s.private()
        secret = s.webhook("policy.changed")
        s.hook.how = "error"
        with open(os.path.join(s.one.home, "p"), "w", encoding="ascii") as f:
            f.write('{"grants": []}')
        s.one.cairn("policy", "set", "-f", os.path.join(s.one.home, "p"))
        until("a first try", SECONDS, lambda: s.hook.got)
        s.says("it answers 500")
        s.hook.how = ""
        s.test(1)  # wakes it before its pause is over
        until("all of it", 90, lambda: len(s.hook.got) >= 3)
        s.says("sent")
        ids = [h["Cairn-Delivery"] for _, h, _ in s.hook.got]
        claim(ids[0] == ids[1] != ids[2] and len(ids) == 3, ids)
        for _, head, body in s.hook.got:
            at, signature = re.fullmatch(
                "t=([0-9]+),v1=([0-9a-f]+)", head["Cairn-Signature"]).groups()
            made = hmac.new(secret.encode(), at.encode() + b"." + body,
                            hashlib.sha256).hexdigest()
            claim(hmac.compare_digest(made, signature), head)
            claim(abs(time.time() - int(at)) < 300, at)
            claim(head["Tailscale-Webhook-Signature"] ==
                  head["Cairn-Signature"], head)
        event = json.loads(s.hook.got[0][2])[0]
        claim(event["type"] == "policyUpdate" and
              event["data"]["version"] >= 1, event)


@trip("what happens while a webhook gets what was before is sent without a "
      "pause, and no check says that it failed")
def burst():
    with stage() as s:
        s.private()
        s.webhook("policy.changed")
        place = os.path.join(s.one.home, "p")
        for i in range(60):
            with open(place, "w", encoding="ascii") as f:
                f.write('{"grants": []} // %d' % i)
            s.one.cairn("policy", "set", "-f", place)
        until("all of it", SECONDS, lambda: len(s.hook.got) >= 60)
        ids = [int(h["Cairn-Delivery"]) for _, h, _ in s.hook.got]
        claim(ids == sorted(set(ids)), ids)
        said = s.one.cairn("doctor")
        claim("notice 1 failed" not in said, said)


@trip("a check that begins to fail is told of to a webhook that the command "
      "line added")
def health():
    with stage() as s:
        s.private()
        key = s.one.cairn("notices", "add", "webhook", s.hook.url + "/h",
                          "--events", "health.failing").strip()
        os.chmod(os.path.join(s.one.home, "inner.sock"), 0o666)
        pressed = [0.0]

        def told():
            if time.monotonic() - pressed[0] > 2:  # forms have a rate
                pressed[0] = time.monotonic()
                page = s.owner.get("/admin/health")
                s.owner.send(page.of("form-run"))
            return [(h, b) for _, h, b in s.hook.got
                    if b"everybody may use inner.sock" in b]

        head, body = until("a check that fails", SECONDS, told)[0]
        at, signature = re.fullmatch(
            "t=([0-9]+),v1=([0-9a-f]+)", head["Cairn-Signature"]).groups()
        made = hmac.new(key.encode(), at.encode() + b"." + body,
                        hashlib.sha256).hexdigest()
        claim(hmac.compare_digest(made, signature), head)
        claim(json.loads(body)[0]["type"] == "healthFailing", body)
        claim("healthFailing" in s.one.cairn("notices", "log", "1", "-o",
                                             "json"), "no log")


@trip("a receiver that is slow, huge or elsewhere holds up nobody, and is told "
      "of")
def hostile():
    with stage() as s:
        s.private()
        s.webhook()
        s.hook.how = "away"
        s.test(1)
        s.says("redirects are not followed")
        claim(all(p == "/in" for p, _, _ in s.hook.got), s.hook.got)
        s.hook.how = "slow"
        s.test(1)
        s.says("it took more than 5 seconds")
        s.hook.how = "huge"
        s.test(1)
        until("all three to be sent", 120, lambda: s.log().count(
            'data-state="sent"') == 3)
        s.one.cairn("health")


@trip("a target in the own network is refused, by number and by name, until "
      "the setting allows it")
def shut():
    with stage() as s:
        s.webhook()
        s.test(1)
        s.says("notice_private")
        claim(not s.hook.got, s.hook.got)
        s.private()
        s.test(1)
        until("both to arrive", 120, lambda: len(s.hook.got) == 2)


@trip("mail goes by STARTTLS with a password to a real server, and holds no "
      "header but ours")
def mail():
    with stage() as s:
        s.private()
        page = s.fill("form-mail", to="ann@example.org bob@example.org",
                      server="localhost:%d" % s.box.port,
                      sender="cairn@example.org", account="cairn",
                      password=PASSWORD, event="policy.changed")
        claim(page.status == 303, (page.status, page.text))
        s.test(1)
        until("a mail", SECONDS, lambda: s.box.got)
        got = s.box.got[0]
        claim(got.mail_from == "cairn@example.org", got.mail_from)
        claim(got.rcpt_tos == ["ann@example.org", "bob@example.org"],
              got.rcpt_tos)
        claim("cairn" in s.box.names, s.box.names)
        m = email.message_from_bytes(got.content,
                                     policy=email.policy.default)
        claim(m["Subject"] == "This is a test. Notices arrive here.",
              m["Subject"])
        claim("Notices arrive here." in m.get_content(), m.get_content())
        claim(m["Auto-Submitted"] == "auto-generated", m.items())
        claim(not m.defects, m.defects)
        s.says("sent")


@trip("lists are saved through nginx as they are on the page")
def files():
    with stage() as s:
        page = s.owner.get("/admin/users.csv")
        claim(page.status == 200, page.status)
        claim(page.text.startswith("id,name,"), page.text)
        rows = json.loads(s.owner.get("/admin/users.json").text)
        claim(len(rows) == 1 and rows[0]["role"] == "owner", rows)


if __name__ == "__main__":
    main()
