#!/bin/bash
# Stop the cluster that up.sh started in a folder, by recorded pid, and remove the folder.
# Works on a cluster that came up half-way, too.
#
# Usage (as root): down.sh [--keep] FOLDER
#   --keep  leave the folder with its logs
set -u

keep=0
[ "${1:-}" = --keep ] && { keep=1; shift; }
[ "$#" = 1 ] || { echo "usage: down.sh [--keep] FOLDER" >&2; exit 64; }
DIR=$(realpath -m "$1")
# Only a folder that up.sh made: never remove anything else.
[ -d "$DIR/controller" ] && [ -d "$DIR/run" ] || exit 0
# shellcheck source=tests/rigs/slurm/daemons.sh
. "$(dirname "$(realpath "$0")")/daemons.sh"

# stop SECONDS NAME...: ask them all to end, wait, and insist
stop() {
  local tries=$(($1 * 20)) name pid left
  shift
  for name; do pid=$(pid_of "$name") && kill "$pid" 2>/dev/null; done
  while :; do
    left=()
    for name; do pid=$(pid_of "$name") && left+=("$pid"); done
    [ ${#left[@]} -gt 0 ] || break
    tries=$((tries - 1))
    [ $tries -gt 0 ] || { kill -9 "${left[@]}" 2>/dev/null; break; }
    sleep 0.05
  done
}

# No job may outlive its slurmd.
cancel_jobs() {
  local tries=100 ids
  pid_of slurmctld >/dev/null || return 0
  ids=$(timeout 5 squeue -h -o %A 2>/dev/null | sort -u)
  [ -n "$ids" ] || return 0
  # shellcheck disable=SC2086
  timeout 20 scancel $ids 2>/dev/null
  until [ -z "$(timeout 5 squeue -h -o %A 2>/dev/null)" ]; do
    tries=$((tries - 1))
    [ $tries -gt 0 ] || break
    sleep 0.05
  done
}

cancel_jobs
nodes=()
for file in "$DIR"/run/slurmd.*.pid; do [ -e "$file" ] && nodes+=("$(basename "$file" .pid)"); done
stop 10 "${nodes[@]}"
stop 20 slurmctld
stop 20 slurmdbd
stop 30 mariadbd
stop 5 munged
[ ! -e "$DIR/cgroup/memory" ] ||
  find "$(realpath "$DIR/cgroup/memory")" -depth -type d -exec rmdir {} + 2>/dev/null
rm -f "$DIR/env"
[ "$keep" = 1 ] || rm -rf "$DIR"
