#!/bin/bash
# run.sh: a whole cairn in the foreground, until Ctrl-C.  `make run` calls it.
#
# Installs what is missing, builds, runs `cairn init`, writes the certificate
# and the private nginx's configuration, and becomes cairn-keeper.  Environment:
#
#   CAIRN_HOME        run         folder of the instance
#   CAIRN_LISTEN      127.0.0.1   address of nginx and STUN
#   CAIRN_HTTP_PORT   8080        CAIRN_HTTPS_PORT 8443    CAIRN_STUN_PORT 3478
#   CAIRN_URL         http://CAIRN_LISTEN:CAIRN_HTTP_PORT
#   CAIRN_DNS_DOMAIN  cairn.internal
#   CAIRN_BUILD       build       folder of the programs; NO_BUILD=1 builds none
set -euo pipefail
cd "$(dirname "$0")/.."
top=$PWD
fail() { echo "cairn: $*" >&2; exit 1; }

bin=$top/${CAIRN_BUILD:-build}/bin

owner() { stat -c %U "$1"; }

make_home() {
	home=$(realpath -m "${CAIRN_HOME:-run}")
	# A socket's path holds 107 bytes; the longest name there is worker.sock.
	[ "$(printf %s "$home/worker.sock" | wc -c)" -le 107 ] ||
		fail "the path of CAIRN_HOME is too long for sockets: at most 95 bytes, $home"
	mkdir -p -m 750 "$home" 2>/dev/null ||
		fail "the folder $home cannot be made: choose another CAIRN_HOME"
	[ -w "$home" ] ||
		fail "the folder $home is not writable by $(id -un): it belongs to $(owner "$home")"
	export CAIRN_HOME=$home
}

build() {
	local to=$top/build
	[ -e "$to" ] || to=$top
	[ -w "$to" ] ||
		fail "the folder $to is not writable by $(id -un): it belongs to $(owner "$to")"
	scripts/deps.sh run
	[ -e "$bin/cairn-keeper" ] || echo "cairn: building, which takes a while the first time" >&2
	make -s -j"$(nproc)" programs >/dev/null || fail "the build failed: see above"
}

stored() { "$bin/cairn" --home "$home" settings get "$1" 2>/dev/null || true; }

# NAME DEFAULT: the environment, which holds for this run, else what is stored.
setting() {
	local variable=CAIRN_${1^^} value
	value=${!variable:-}
	[ -n "$value" ] || value=$(stored "$1")
	echo "${value:-$2}"
}

in_url() { case $1 in *:*) echo "[$1]" ;; *) echo "$1" ;; esac; }

host_of() {
	local rest=${1#*://}
	rest=${rest%%/*}
	case $rest in
	\[*) rest=${rest#[}; echo "${rest%%]*}" ;;
	*) echo "${rest%%:*}" ;;
	esac
}

is_private() {
	case $1 in
	localhost | 127.* | 10.* | 192.168.* | ::1 | f[cd]*:*) ;;
	172.1[6-9].* | 172.2[0-9].* | 172.3[01].*) ;;
	*) return 1 ;;
	esac
}

init() { "$bin/cairn" --home "$home" init >/dev/null || exit 1; }

# A first start that fails leaves nothing that would bind the next one.
undo_init() {
	rm -f "$home"/cairn.db "$home"/cairn.db-* "$home/cairn.lock"
	[ -n "$had_keys" ] || rm -rf "$home/keys"
}

read_url() {
	url=$(stored url) # `cairn init` took CAIRN_URL at the first start
	if [ -n "${CAIRN_URL:-}" ] && [ -z "$url" ]; then
		"$bin/cairn" --home "$home" settings set url "$CAIRN_URL" >/dev/null || exit 1
		url=$(stored url)
	elif [ -n "${CAIRN_URL:-}" ] && [ "$CAIRN_URL" != "$url" ]; then
		echo "cairn: warning: CAIRN_URL changes no URL that is set, $url: cairn --home $home settings set url $CAIRN_URL" >&2
	fi
	url=${url:-http://$(in_url "$listen"):$http}
}

read_ports() {
	listen=$(setting listen 127.0.0.1)
	http=$(setting http_port 8080)
	https=$(setting https_port 8443)
	stun=$(setting stun_port 3478)
	for port in "$http" "$https" "$stun"; do
		case $port in *[!0-9]*) fail "port $port is not a number" ;; esac
		[ "${#port}" -le 5 ] && [ "$port" -ge 1 ] && [ "$port" -le 65535 ] ||
			fail "port $port is not between 1 and 65535"
	done
	[ "$http" != "$https" ] ||
		fail "http and https need two ports, not $http for both: CAIRN_HTTP_PORT, CAIRN_HTTPS_PORT"
	ports=(--port "tcp:$listen:$http" --port "tcp:$listen:$https" --port "udp:$listen:$stun")
	"$bin/cairn-keeper" --home "$home" "${ports[@]}" --check - || exit 1
}

check_url() {
	case $(host_of "$url") in
	0.0.0.0 | ::) fail "$url is no URL for clients: cairn --home $home settings set url URL" ;;
	esac
	case $url in
	https://*) ;;
	http://*) is_private "$(host_of "$url")" || echo "cairn: warning: Tailscale clients stay on plain http only with a private address or localhost: $url will lose them; use https" >&2 ;;
	*) fail "CAIRN_URL must begin with http:// or https://: $url" ;;
	esac
}

write_nginx() {
	local user= files temp=
	files=$(ulimit -Hn)
	case $files in unlimited) files=65535 ;; esac
	[ "$files" -le 65535 ] || files=65535
	[ "$(id -u)" != 0 ] || user="user $(id -un) $(id -gn);"
	mkdir -p "$home/nginx"
	for t in client_body fastcgi scgi proxy uwsgi; do
		temp+="	${t}_temp_path \"$home/nginx/$t\";"$'\n'
	done
	sed -e "s|unix:/var/lib/cairn/|unix:$home/|g" \
		-e "s|/usr/local/share/cairn/www|$top/www|" \
		nginx/cairn-locations.conf >"$home/nginx/cairn-locations.conf"
	cat >"$home/nginx.conf" <<-END
		# Written by scripts/run.sh at each start.
		$user
		worker_processes ${CAIRN_NGINX_WORKERS:-auto};
		pid "$home/nginx/pid";
		error_log "$home/nginx/error.log" warn;
		worker_rlimit_nofile $files;
		worker_shutdown_timeout 10s;
		events {
			worker_connections $((files / 2));
		}
		http {
			include /etc/nginx/mime.types;
			default_type application/octet-stream;
			access_log off;
			server_tokens off;
		$temp	server {
				listen $(in_url "$listen"):$http backlog=4096;
				server_name _;
				include "$home/nginx/cairn-locations.conf";
			}
			server {
				listen $(in_url "$listen"):$https ssl http2 backlog=4096;
				server_name _;
				ssl_certificate "$home/tls/cert.pem";
				ssl_certificate_key "$home/tls/key.pem";
				ssl_protocols TLSv1.2 TLSv1.3;
				include "$home/nginx/cairn-locations.conf";
			}
		}
	END
	PATH=$PATH:/usr/sbin nginx -t -q -p "$home" -e "$home/nginx/error.log" -c "$home/nginx.conf" ||
		fail "nginx refuses $home/nginx.conf: see above"
}

# While there is no owner: how to become it; then where the pages are.
way_in() {
	local link
	link=$("$bin/cairn" --home "$home" setup-link --first | grep '/setup/' || true)
	if [ -n "$link" ]; then
		echo "Set it up within an hour:  $link"
	else
		echo "Its pages:  $url/admin/"
	fi
}

# The link in it is a secret.
write_banner() {
	local cairn=./cairn
	[ "$home" = "$top/run" ] || cairn="./cairn --home $home"
	rm -f "$home/nginx/banner"
	(umask 077 && cat >"$home/nginx/banner") <<-END

		cairn runs.  Login server: $url
		  $(way_in)
		  Then add a machine there:  $url/admin/machines/new
		  or by commands:
		    $cairn users create NAME
		    $cairn preauthkeys create -u NAME
		    tailscale up --login-server $url --auth-key KEY  (on the machine)
		  Ctrl-C ends it; the data stays in $home.

	END
	# What may hold for this run alone: `cairn doctor` goes there.
	echo "$url" >"$home/nginx/url"
}

ulimit -Sn "$(ulimit -Hn)" # two descriptors a tunnel in nginx, one in the worker
make_home
exec 9<"$home" && flock 9 # a second run waits, then finds the keeper there
[ -n "${NO_BUILD:-}" ] || build
if [ -e "$home/cairn.db" ]; then
	init # an older database knows no settings before
	read_ports
else
	case ${CAIRN_URL:-}${CAIRN_LISTEN:-} in
	0.0.0.0 | ::) fail "CAIRN_LISTEN is a wildcard: set CAIRN_URL to the URL that clients use" ;;
	esac
	read_ports
	had_keys=$([ ! -e "$home/keys" ] || echo yes)
	trap undo_init EXIT
	init
fi
read_url
check_url
export CAIRN_LISTEN=$listen CAIRN_HTTP_PORT=$http
export CAIRN_HTTPS_PORT=$https CAIRN_STUN_PORT=$stun
scripts/cert.sh "$home" "$(host_of "$url")" "$listen"
write_nginx
write_banner
exec "$bin/cairn-keeper" --home "$home" "${ports[@]}" --say "$home/nginx/banner" 9<&-
