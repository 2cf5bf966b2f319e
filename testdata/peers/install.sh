#!/usr/bin/env bash
# Installs what perfcheck is measured beside: of Debian where it is missing, and
# from the Go module proxy into the folder that is given. Each Go tool is built by
# itself, with the dependencies that its go.mod names.
set -euo pipefail
bin=$(mkdir -p "$1" && cd "$1" && pwd)
missing=()
for tool in wrk:wrk nginx:nginx h2load:nghttp2-client; do
	command -v "${tool%:*}" >/dev/null || missing+=("${tool#*:}")
done
if [ ${#missing[@]} -gt 0 ]; then
	echo "installing ${missing[*]}" >&2
	apt-get install -y --no-install-recommends "${missing[@]}" >&2
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
while read -r name module; do
	[ -x "$bin/$name" ] && continue
	echo "building $name from $module" >&2
	mkdir "$work/$name" && cd "$work/$name"
	go mod init "$name" 2>/dev/null
	go mod edit -require="$module"
	go build -mod=mod -o "$bin/$name" "${module%@*}"
done <<-END
	hey github.com/rakyll/hey@v0.1.4
	bombardier github.com/codesenberg/bombardier@v1.2.6
	vegeta github.com/tsenart/vegeta/v12@v12.12.0
	fortio fortio.org/fortio@v1.68.2
	k6 go.k6.io/k6@v1.8.1
END
