#!/usr/bin/env bash
# Builds the binaries of a release and their checksums:
#
#	.ci/release.sh v1.2.3 dist
#
# The same commit and Go give the same bytes anywhere.
set -euo pipefail
cd "$(dirname "$0")/.."
tag=$1 out=$2
mkdir -p "$out"
for platform in linux/amd64 linux/arm64 darwin/amd64 darwin/arm64; do
	file=perfcheck_${tag}_${platform%/*}_${platform#*/}
	GOOS=${platform%/*} GOARCH=${platform#*/} CGO_ENABLED=0 \
		go build -trimpath -buildvcs=false -ldflags "-X main.version=$tag" -o "$out/$file" ./cmd/perfcheck
done
(cd "$out" && sha256sum perfcheck_"$tag"_* >checksums.txt)
