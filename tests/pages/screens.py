#!/usr/bin/env python3
"""screens: the pictures of docs/screens, made anew.

    screens.py            all of them
    screens.py WORD…      those with one of these words in their name

Needs pngquant, which keeps them small, and the face Inter (fonts-inter): a
machine without a desk has none that people know from theirs.
"""
import glob
import os
import shutil
import subprocess
import sys
import time

import modules

TO = os.path.join(modules.TOP, "docs", "screens")
FONTS = os.path.join(modules.HERE, "fonts.conf")


def missing():
    if not shutil.which("pngquant"):
        return "no pngquant"
    if not subprocess.run(["fc-list", "Inter"], capture_output=True,
                          check=False).stdout:
        return "no fonts-inter"
    return modules.missing()


def main():
    why = missing()
    if why:
        sys.exit("screens: " + why)
    begun = time.time()
    status = subprocess.call(**modules.node(
        "screens.js", TO, *sys.argv[1:], FONTCONFIG_FILE=FONTS))
    for picture in glob.glob(TO + "/*.png"):
        if os.path.getmtime(picture) >= begun:  # the others lose each time
            subprocess.call(["pngquant", "--force", "--skip-if-larger",
                             "--strip", "--ext", ".png", "160", picture])
    return status


if __name__ == "__main__":
    sys.exit(main())
