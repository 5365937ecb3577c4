#!/bin/sh
# compare.sh: cairn answers like headscale, but for tests/cli/differences.json.
# Makes the tailnet that the answers were recorded on, then replays them.
set -eu
cd "$(dirname "$0")/../.."
build=${CAIRN_BUILD:-build}
make -s "$build/bin/cairn" "$build/tests/cli/verbs_test" >&2
# Hundreds of copies, each written with sync: in memory where that is there.
work=$(mktemp -d -p /dev/shm 2>/dev/null || mktemp -d)
trap 'rm -rf "$work"' EXIT
"$build/tests/cli/verbs_test" --make "$work/base"
# Late workers show nobody as online: this one is ahead of its time.
touch -d '+1 day' "$work/base/worker.alive"
python3 tests/tools/compare_cli.py --fresh "$work/base" "$work/home" \
	--differences tests/cli/differences.json "$@" \
	tests/fixtures/headscale/cli/*.json \
	-- "$build/bin/cairn" --home "$work/home"
