#!/usr/bin/env bash
# Puts perfcheck where the action's other steps look for it: the release's
# binary where checksums.txt beside this script names one for this machine, else
# one that is built from the action's own source. Only the commit of a release
# has a checksums.txt, see .ci/release.sh.
set -euo pipefail

root=$(cd -- "$(dirname -- "$0")/.." && pwd)
dir=$RUNNER_TEMP/perfcheck
mkdir -p "$dir/bin" "$dir/history"
echo "history=$dir/history" >>"$GITHUB_OUTPUT"

case $(uname -m) in
x86_64) arch=amd64 ;;
aarch64 | arm64) arch=arm64 ;;
*) arch=$(uname -m) ;;
esac
system=$(uname -s | tr '[:upper:]' '[:lower:]')

# A line is what sha256sum prints: <sum>  perfcheck_v1.2.3_linux_amd64
line=$(grep -E "  perfcheck_v[0-9.]+_${system}_$arch\$" "$root/action/checksums.txt" 2>/dev/null || true)
if [ -z "$line" ]; then
	command -v go >/dev/null || {
		echo "::error title=perfcheck::there is no release of perfcheck for $system/$arch, and no Go to build it: add actions/setup-go before this step"
		exit 1
	}
	echo "building perfcheck for $system/$arch"
	version=$(git -C "$root" describe --tags --always 2>/dev/null || echo "${GITHUB_ACTION_REF:-unknown}")
	# setup-go may have fixed a Go that is older than perfcheck needs.
	CGO_ENABLED=0 GOTOOLCHAIN=auto GOFLAGS= GOWORK=off go -C "$root" build -trimpath -ldflags "-s -w -X main.version=$version" -o "$dir/bin/perfcheck" ./cmd/perfcheck
	exit 0
fi

file=${line##* }
tag=${file#perfcheck_}
tag=${tag%%_*}
url=${PERFCHECK_RELEASES:-https://github.com/perfcheck/perfcheck/releases/download}/$tag/$file
echo "downloading $url"
curl --fail --silent --show-error --location --retry 5 --retry-all-errors --max-time 120 --output "$dir/$file" "$url"
(cd "$dir" && echo "$line" | if command -v sha256sum >/dev/null; then sha256sum --check --quiet; else shasum -a 256 --check --quiet; fi) || {
	rm -f "$dir/$file"
	echo "::error title=perfcheck::$url is not what checksums.txt says: it was not run"
	exit 1
}
mv "$dir/$file" "$dir/bin/perfcheck"
chmod +x "$dir/bin/perfcheck"
