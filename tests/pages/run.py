#!/usr/bin/env python3
"""run: the pages in a browser, headless Chromium before a real instance.

    run.py               all of them
    run.py WORD…         those with one of these words in their name

One line a test: `ok NAME SECONDS`, `FAIL NAME SECONDS` with the reason below,
or `skip NAME: reason`.  TEST_LONG=1: more widths, dark, print.
"""
import subprocess
import sys

import modules


def main():
    why = modules.missing()
    if why:
        print("skip pages: " + why)
        return 0
    return subprocess.call(**modules.node("main.js", *sys.argv[1:]),
                           stdin=subprocess.DEVNULL)


if __name__ == "__main__":
    sys.exit(main())
