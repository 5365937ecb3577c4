#!/bin/sh
# The command line answers as headscale does.
exec "$(dirname "$0")/../cli/compare.sh" "$@"
