#!/bin/sh
# links.sh: what the documents name exists: relative links; files in backticks;
# names in backticks with an underscore (functions, tests, settings, tables)
# somewhere in the sources; and docs/DEPLOY.md has a row for each setting.
#
# Blocks between fences are not looked at.
set -u
bad=0
complain() {
	echo "$*"
	bad=1
}
docs=$(find ./*.md docs -name '*.md')
folders='base|proto|db|policy|tailnet|fcgi|worker|cli|keeper|docs|dist|nginx|scripts|tests|www'
words=$(mktemp)
trap 'rm -f "$words"' EXIT
find Makefile nginx.conf.example nginx scripts dist base proto db policy \
	tailnet fcgi worker cli keeper tests -type f ! -path 'tests/fixtures/*' \
	! -path 'tests/fuzz/seeds/*' -exec cat {} + |
	grep -aoE '[A-Za-z_][A-Za-z0-9_]*_[A-Za-z0-9_]+' | sort -u >"$words"

prose() { awk '/^ *```/ { off = !off; next } !off' "$1"; }

for d in $docs; do
	for link in $(prose "$d" | grep -oE '\]\([^) ]+\)' | sed 's/^](//; s/)$//'); do
		case $link in http*://* | mailto:* | \#*) continue ;; esac
		[ -e "$(dirname "$d")/${link%%#*}" ] ||
			complain "$d: the link $link leads nowhere"
	done
	prose "$d" | grep -oE '`[^`]+`' | tr -d '`' | sort -u >"$words.code"
	for path in $(grep -E "^($folders)/[A-Za-z0-9_./*-]*$" "$words.code"); do
		# shellcheck disable=SC2086
		set -- $path
		[ -e "$1" ] || complain "$d: there is no $path"
	done
	grep -E '^[A-Za-z][A-Za-z0-9]*(_[A-Za-z0-9]+)+$' "$words.code" |
		sort -u | comm -23 - "$words" >"$words.lost"
	while read -r name; do
		complain "$d: nothing is named $name"
	done <"$words.lost"
done
rm -f "$words.code" "$words.lost"

for name in $(sed -n 's/^\tX(\([a-z_0-9]*\), .*/\1/p' tailnet/settings.h); do
	grep -q "^| \`$name\` |" docs/DEPLOY.md ||
		complain "docs/DEPLOY.md: the setting $name has no row"
done
exit $bad
