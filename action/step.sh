#!/usr/bin/env bash
# One step of action.yml: pending, gate, publish or clean. The action's inputs
# come by the environment.
set -euo pipefail

perfcheck=$RUNNER_TEMP/perfcheck/bin/perfcheck
out=$RUNNER_TEMP/perfcheck/gate-${SUITE//[^A-Za-z0-9._-]/_}

# Empty arrays are written so that bash 3.2, which macOS has, takes them.
flags=()
# flag adds a flag with each line of a value; none where that is empty.
flag() {
	local line
	while IFS= read -r line; do
		line=${line%$'\r'}
		[ -z "$line" ] || flags+=("$1=$line")
	done <<<"$2"
}

case $1 in
pending)
	flag --suite "$SUITE"
	"$perfcheck" publish --pending ${flags[@]+"${flags[@]}"} || echo "::warning title=perfcheck::the status could not be set to pending"
	;;
gate)
	flag --config "$CONFIG"
	if [ -n "$HISTORY" ] && [ -n "$(ls -A "$HISTORY")" ]; then
		"$perfcheck" baseline import ${flags[@]+"${flags[@]}"} "$HISTORY" || echo "::warning title=perfcheck::the history could not be read, and is left out"
	fi
	history=(${flags[@]+"${flags[@]}"})
	flag --suite "$SUITE"
	flag --profile "$PROFILE"
	flag --base "$BASE"
	flag --paths "$PATHS"
	flag --budget "$BUDGET"
	flag --measure "$MEASURE"
	flag --fail-on "$FAIL_ON"
	code=0
	"$perfcheck" gate --out "$out" ${flags[@]+"${flags[@]}"} || code=$?
	{
		echo "exit-code=$code"
		echo "dir=$out"
	} >>"$GITHUB_OUTPUT"
	if [ -n "$HISTORY" ] && [ "$KEEP" = true ]; then
		rm -rf "$HISTORY" # what is older than that is in the store, too, and left behind
		if "$perfcheck" baseline export ${history[@]+"${history[@]}"} --since 90d --dir "$HISTORY"; then
			echo keep=true >>"$GITHUB_OUTPUT"
		else
			echo "::warning title=perfcheck::nothing was added to the history"
		fi
	fi
	;;
publish)
	flag --config "$CONFIG"
	flag --suite "$SUITE"
	flag --profile "$PROFILE"
	flag --paths "$PATHS"
	flag --fail-on "$FAIL_ON"
	flag --comment "$COMMENT"
	flag --login "$LOGIN"
	[ "$CHECK_RUN" != true ] || flags+=(--check-run)
	"$perfcheck" publish --result "$out/perfcheck-result.json" ${flags[@]+"${flags[@]}"}
	;;
clean)
	flag --config "$CONFIG"
	"$perfcheck" clean ${flags[@]+"${flags[@]}"} || echo "::warning title=perfcheck::the clean-up failed"
	;;
*)
	echo "step.sh: no step $1" >&2
	exit 2
	;;
esac
