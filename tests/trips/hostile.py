#!/usr/bin/env python3
"""Two hundred hostile texts in whatever a machine or a person can write: on every
page, in the logs and from the command line they are text."""
import os

from hostile_fill import Filler
from instance import claim, instance, main, trip
from marks import Marks, texts
from person import Person, set_up

# What was sent by these is shown somewhere, all of it.
SHOWN = ("Hostname", "OS", "OSVersion", "IPNVersion", "Distro", "DistroVersion",
         "account", "asks", "reason", "display_name", "cli name", "description",
         "org", "comment", "note", "rule", "address", "login", "email")


def logs(server):
    yield server.said()
    with open(os.path.join(server.home, "nginx/error.log"), encoding="utf-8",
              errors="surrogateescape") as f:
        yield f.read()


@trip("two hundred hostile texts are text on every page, in the logs and on the "
      "command line")
def _():
    with instance(CAIRN_LOG="debug") as server:
        marks = Marks()
        filler = Filler(server, set_up(server), marks, texts(),
                        bool(os.environ.get("TEST_LONG")))
        links = filler.fill()
        filler.command_line()
        filler.addresses()
        filler.strangers()
        pages = list(filler.crawl(["/", "/admin/machines", *links]))
        stranger = Person(server.http)
        for path in ["/", "/login", "/connect", *links]:
            filler.look(path, stranger.get(path))
        filler.answers()
        forms = filler.any_form("/admin/machines")
        filler.get("/admin/audit")
        claim(sum(marks.in_log(text) for text in logs(server)),
              "no log tells of any of it")
        for field in SHOWN:
            missing = [t for i, (f, t) in enumerate(marks.sent) if f == field
                       and "%04x" % i not in marks.seen.get(field, ())]
            claim(not missing, "%s: no page shows %r" % (field, missing[:3]))
        print("    %d pages, %d forms, %d answers" % (
            len(pages), len(forms), sum(filler.statuses.values())))


if __name__ == "__main__":
    main()
