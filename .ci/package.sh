#!/bin/sh
# Installs a package unless one of the commands is there that are as good:
#
#	.ci/package.sh chromium chromium google-chrome
set -eu
package=$1
shift
for name; do
	if command -v "$name" >/dev/null; then
		exit 0
	fi
done
sudo=
if [ "$(id -u)" -ne 0 ]; then
	sudo=sudo
fi
$sudo apt-get update -q
$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$package"
