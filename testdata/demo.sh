#!/bin/sh
# Shows perfcheck on the shop: compares it with a change of it.
#
#   HEAD=cpu-10 PROFILE=checkout testdata/demo.sh path/to/perfcheck [flag...]
#
# HEAD is a patch of testdata/shop/patches, or none for a commit that changes
# nothing; PROFILE is one of testdata/shop/perfcheck.yml; flags go to perfcheck
# compare. Exits 0 when perfcheck says what is true of the change, else 1, or 2
# when it is used wrongly. Everything happens in a git repository of its own,
# which is removed at the end.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
head=${HEAD:-none}
profile=${PROFILE:-checkout}

usage() {
	printf 'usage: HEAD=<change> [PROFILE=checkout|browse] %s path/to/perfcheck [flag...]\n\n' "$0" >&2
	printf 'changes:\n  %-12s %s\n' none 'An innocent change' >&2
	for file in "$here"/shop/patches/*.patch; do
		printf '  %-12s %s\n' "$(basename "$file" .patch)" "$(sed -n 's/^Subject: \[PATCH\] //p' "$file")" >&2
	done
	exit 2
}

[ $# -ge 1 ] || usage
case $head in
none) ;;
*/*) usage ;;
*) [ -f "$here/shop/patches/$head.patch" ] || usage ;;
esac
perfcheck=$(command -v -- "$1") || {
	printf 'error: no program %s: build perfcheck first\n' "$1" >&2
	exit 2
}
case $perfcheck in
/*) ;;
*) perfcheck=$PWD/$perfcheck ;;
esac
shift

# Neither the settings and hooks of whoever runs this, nor the repository that
# it is run in.
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE GIT_TEMPLATE_DIR
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
# The same commits each time, so that their images are built once.
export GIT_AUTHOR_DATE=2026-01-01T00:00:00Z GIT_COMMITTER_DATE=2026-01-01T00:00:00Z

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

git() { command git -c user.name=Shop -c user.email=shop@example.com "$@"; }

cp -R "$here/shop/." "$tmp"
rm -rf "$tmp/patches" "$tmp/shop" "$tmp/.perfcheck"
cd "$tmp"
git init -q --template= -b main
git add .
git commit -q -m base
git tag base
if [ "$head" = none ]; then
	git commit -q --allow-empty -m 'An innocent change'
else
	git am -q "$here/shop/patches/$head.patch"
fi
git tag head

case $head in
none | faster) want=0 ;;
*) want=1 ;;
esac
# What is not decided is not what is wanted either.
code=0
"$perfcheck" compare --profile "$profile" --fail-on inconclusive "$@" base head || code=$?

case $code in
0) meaning='pass or improvement' ;;
1) meaning='regression' ;;
2) meaning='wrong usage or configuration' ;;
3) meaning='invalid, or could not measure' ;;
4) meaning='inconclusive' ;;
*) meaning='none of the codes of perfcheck' ;;
esac
printf '\n%s, profile %s: exit code %d (%s), wanted %d\n' "$head" "$profile" "$code" "$meaning" "$want" >&2
[ "$code" -eq "$want" ]
