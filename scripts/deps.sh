#!/bin/sh
# deps.sh [run|all]: the Debian packages that are missing, installed.
# run: what building and running needs; all (the default): the tests' too.
set -eu
run="gcc make pkg-config libc6-dev libsqlite3-dev libxml2-dev libjson-c-dev
libssl-dev libnghttp2-dev libuv1-dev libzstd-dev libsodium-dev
libcurl4-openssl-dev libcjose-dev libjansson-dev libqrencode-dev libfcgi-dev libwslay-dev uthash-dev nginx openssl tzdata"
test="libcmocka-dev python3 python3-yaml iproute2 iptables nftables bind9-dnsutils
iputils-ping python3-aiosmtpd openssh-client curl clang clang-format libclang-rt-dev valgrind ca-certificates
chromium fonts-dejavu-core mold"
# A node that is not Debian's brings its npm along.
command -v node >/dev/null || test="$test nodejs"
command -v npm >/dev/null || test="$test npm"
[ "${1:-all}" = run ] && wanted=$run || wanted="$run $test"

installed=" $(dpkg-query -W -f '${binary:Package} ${Status}\n' 2>/dev/null |
	sed -n 's/^\([^ :]*\).* installed$/\1/p' | tr '\n' ' ')"
missing=
for p in $wanted; do
	case $installed in *" $p "*) ;; *) missing="$missing $p" ;; esac
done
[ -n "$missing" ] || exit 0
if [ "$(id -u)" != 0 ]; then
	echo "deps: missing packages; as root:  apt-get install$missing" >&2
	exit 1
fi

# Debian's nginx would start a server of its own on port 80: not for us.
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
	trap 'rm -f $policy' EXIT
	trap 'exit 1' INT TERM
	printf '#!/bin/sh\nexit 101\n' >$policy
	chmod 755 $policy
fi
echo "deps: installing$missing" >&2
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
# shellcheck disable=SC2086
if ! { apt-get update -q && apt-get install -qy --no-install-recommends $missing
} >"$log" 2>&1; then
	tail -5 "$log" >&2
	rm -f "$log"
	echo "deps: these packages could not be installed:$missing" >&2
	exit 1
fi
rm -f "$log"
