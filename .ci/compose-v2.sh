#!/bin/sh
# Builds the plugin "docker compose" at the given path, unless it is there:
#
#	.ci/compose-v2.sh ~/.docker/cli-plugins/docker-compose
#
# "go install" refuses a module with exclude directives, so a throw-away module
# requires it as a tool.
set -eu
version=v2.40.3
target=${1:?"usage: $0 path/of/docker-compose"}

if [ -x "$target" ] && [ "$("$target" version --short)" = "${version#v}" ]; then
	exit 0
fi
mkdir -p "$(dirname "$target")"
target=$(cd "$(dirname "$target")" && pwd)/$(basename "$target")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
go mod init compose 2>/dev/null
go get -tool "github.com/docker/compose/v2/cmd@$version" 2>log || { cat log >&2; exit 1; }
CGO_ENABLED=0 go build -trimpath \
	-ldflags "-s -w -X github.com/docker/compose/v2/internal.Version=$version" \
	-o "$target" github.com/docker/compose/v2/cmd
