# shellcheck shell=bash
# How up.sh and down.sh know their own daemons. Sourced; needs DIR.

# Every daemon inherits this, so its environment tells to which cluster a process belongs.
export SLURM_CONF=$DIR/etc/slurm.conf

# Print the pid recorded under a name, if that process still is a daemon of this cluster. A zombie
# has no environment and so counts as gone: the first process of a container may reap late.
pid_of() {
  local pid
  pid=$(cat "$DIR/run/$1.pid" 2>/dev/null) && [ -n "$pid" ] || return 1
  grep -qzxF "SLURM_CONF=$SLURM_CONF" "/proc/$pid/environ" 2>/dev/null || return 1
  echo "$pid"
}
