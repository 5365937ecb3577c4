#!/bin/sh
# The growth laws (docs/PERFORMANCE.md): the same unit of work among N and among
# 4N nodes, counted in instructions, or in bytes.  O(1) may grow by 1.1 (1.3
# would let a short walk over all nodes pass), O(N) by 4.6; of what goes to every
# viewer the cost per viewer is O(1).  Prints ok or FAIL lines with the figures,
# then N passed, N failed, N skipped.
set -u
cd "$(dirname "$0")/../.." || exit 1
laws=${CAIRN_BUILD:-build}/tests/growth/laws
n=64
[ -n "${TEST_LONG:-}" ] && n=200
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
passed=0 failed=0 skipped=0

make -s "$laws" || exit 1

# count SIZE: lines "law instructions" in $out/SIZE, memory behind them.
count() {
	CAIRN_LOG=error "$laws" "$1" memory >"$out/$1.memory" || return 1
	CAIRN_LOG=error valgrind -q --tool=callgrind --toggle-collect='law_*' \
		--callgrind-out-file="$out/$1.callgrind" "$laws" "$1" \
		>"$out/$1.log" 2>&1 || { cat "$out/$1.log"; return 1; }
	callgrind_annotate --inclusive=yes --threshold=100 --auto=no \
		"$out/$1.callgrind" | tr -d , |
		sed -n 's/^ *\([0-9]*\) .*:law_\([a-z_]*\).*/\2 \1/p' |
		cat - "$out/$1.memory" >"$out/$1"
}

figure() {
	awk -v law="$1" '$1 == law { print $2 }' "$out/$2"
}

# law NAME MOST SENTENCE: the figure at 4N is at most MOST hundredths of N's.
law() {
	a=$(figure "$1" $n) b=$(figure "$1" $((4 * n)))
	if [ -z "$a" ] || [ -z "$b" ] || [ "$a" -eq 0 ]; then
		echo "FAIL $3: no figure"
		failed=$((failed + 1))
	elif [ $((b * 100)) -le $((a * $2)) ]; then
		echo "ok $3 ($n: $a, $((4 * n)): $b)"
		passed=$((passed + 1))
	else
		echo "FAIL $3 ($n: $a, $((4 * n)): $b)"
		failed=$((failed + 1))
	fi
}

if ! command -v valgrind >/dev/null; then
	echo "skip growth: valgrind is not installed"
	echo "0 passed, 0 failed, 1 skipped"
	exit 0
fi
count $n && count $((4 * n)) || { echo "FAIL growth: laws did not run"; exit 1; }

each=$((4 * 110)) # per viewer O(1): four times the viewers, and a tenth more
law roam $each "a roam costs each viewer the same, however many there are"
law presence $each "a departure costs each viewer the same"
law no_op 110 "an update that says nothing costs the same among more nodes"
law apply 110 "a changed row costs the same among more nodes"
law join 110 "a registration costs the same among more nodes"
law known 110 "whether a machine has a node costs the same among more"
law first_map_warm 460 "a first map from shared parts is linear at most"
law first_map_cold 460 "a first map with nothing made is linear"
law nodes_offline 460 "memory of nodes is linear"
law sessions 460 "memory of sessions is linear"
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]
