#!/usr/bin/env python3
"""fill_hostile: an instance whose every list is full of hostile texts, by the forms
of its pages and by what machines say of themselves.

    fill_hostile.py HOME PORT NAME PASSWORD

Prints one path of each kind of page, as a JSON list.
"""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "../trips"))
# pylint: disable=wrong-import-position
from hostile_fill import Filler
from instance import Instance
from marks import Marks, texts
from person import Person


def main(home, port, *who):
    server = Instance(home)
    server.http, server.url = int(port), "http://127.0.0.1:" + port
    filler = Filler(server, Person(server.http).sign_in(*who), Marks(), texts(),
                    who=who)
    links = filler.fill()
    print(json.dumps([path for path, page in filler.crawl(
        ["/admin/machines", "/login", links[0], links[-1]], 1)
        if page.status == 200 and "data-page" in page.attributes]))


if __name__ == "__main__":
    main(*sys.argv[1:])
