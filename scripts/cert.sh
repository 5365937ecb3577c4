#!/bin/sh
# cert.sh HOME HOST…: the certificate in HOME/tls, made where it is missing.
#
# A self-signed one of ours (ECDSA P-256, ten years, every HOST as IP or DNS
# name) is made anew when the hosts change.  Anyone else's is left alone.  Ours
# is known by its O; its serialNumber is a digest of the hosts.
set -eu
dir=$1/tls
shift
cert=$dir/cert.pem key=$dir/key.pem
mkdir -p "$dir"
chmod 700 "$dir"

names=$(for h in "$@"; do
	h=${h#[}; h=${h%]}
	case $h in
	'' | 0.0.0.0 | ::) ;;
	*:*) echo "IP:$h" ;;
	*[!0-9.]*) echo "DNS:$h" ;;
	*) echo "IP:$h" ;;
	esac
done | sort -u | paste -sd, -)
names=${names:-DNS:localhost}
digest=$(printf %s "$names" | openssl dgst -sha256 -r | cut -c1-32)

if [ -e "$cert" ] && [ -e "$key" ]; then
	subject=$(openssl x509 -in "$cert" -noout -subject)
	case $subject in *"cairn self-signed"*) ;; *) exit 0 ;; esac
	case $subject in
	*"$digest"*)
		if openssl x509 -in "$cert" -noout -checkend 2592000 >/dev/null &&
			[ "$(openssl x509 -in "$cert" -noout -pubkey)" = \
			"$(openssl pkey -in "$key" -pubout)" ]; then
			exit 0
		fi
		;;
	esac
fi

umask 077
trap 'rm -f "$cert.new" "$key.new"' EXIT
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 \
	-sha256 -keyout "$key.new" -out "$cert.new" \
	-subj "/O=cairn self-signed/CN=cairn/serialNumber=$digest" \
	-addext "subjectAltName=$names" \
	-addext "basicConstraints=critical,CA:false" \
	-addext "extendedKeyUsage=serverAuth" 2>/dev/null
chmod 644 "$cert.new"
mv "$key.new" "$key"
mv "$cert.new" "$cert"
