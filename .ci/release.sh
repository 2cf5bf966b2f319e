#!/usr/bin/env bash
# Builds the binaries of a release, commits their checksums for the action, and
# tags the commit v1.2.3 and v1, for somebody to push:
#
#	.ci/release.sh v1.2.3 dist
#
# The same commit and Go give the same bytes anywhere.
set -euo pipefail
cd "$(dirname "$0")/.."
tag=$1 out=$2
if ! [[ $tag =~ ^v[0-9]+\.[0-9]+\.[0-9]+$ ]]; then
	echo "release.sh: want a version as v1.2.3, got $tag" >&2
	exit 2
fi
if [ -n "$(git status --porcelain)" ]; then
	echo 'release.sh: the tree has changes that are not committed' >&2
	exit 1
fi
mkdir -p "$out"
for platform in linux/amd64 linux/arm64 darwin/amd64 darwin/arm64; do
	file=perfcheck_${tag}_${platform%/*}_${platform#*/}
	GOOS=${platform%/*} GOARCH=${platform#*/} CGO_ENABLED=0 \
		go build -trimpath -buildvcs=false -ldflags "-s -w -X main.version=$tag" -o "$out/$file" ./cmd/perfcheck
done
(cd "$out" && sha256sum perfcheck_"$tag"_* >checksums.txt)

git switch --quiet --detach
cp "$out/checksums.txt" action/checksums.txt
git add --force action/checksums.txt
git -c user.name=perfcheck -c user.email=release@perfcheck.invalid commit --quiet -m "Release $tag"
git tag "$tag"
git tag --force "${tag%%.*}"
