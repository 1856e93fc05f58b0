#!/bin/bash
# Start a throw-away Slurm cluster on this computer's loopback: munge, MariaDB, slurmdbd, slurmctld
# and a few slurmd, without systemd, and without cgroups unless they are asked for. Debian packages that are missing are installed.
#
# Usage (as root): up.sh FOLDER
#   FOLDER holds all that the cluster writes; every user must be able to enter its parents.
#   FOLDER/env sets SLURM_CONF for the clients once the cluster is up.
# Stop it with down.sh FOLDER, also after a start that failed.
# Exit: 0 up, 1 a part did not come up, 2 not root, 3 no packages, 4 no free ports, 5 no cgroups.
# Environment: RIG_NODES (4), RIG_CPUS (2 a node), RIG_USER (cmxuser), RIG_INSTALL (1; 0 never installs),
# RIG_FORGETS_S (300: when the controller forgets an ended job), RIG_CGROUPS (0; 1: the kernel holds
# each job to its memory, see hold_memory), RIG_STRICT (0; 1: the rules of a busy site, see
# write_strict_rules)
set -euo pipefail

[ "$#" = 1 ] || { echo "usage: up.sh FOLDER" >&2; exit 64; }
[ "$(id -u)" = 0 ] || { echo "a Slurm cluster can only be started by root" >&2; exit 2; }
DIR=$(realpath -m "$1")
NODES=${RIG_NODES:-4} CPUS=${RIG_CPUS:-2} TEST_USER=${RIG_USER:-cmxuser}
STRICT=${RIG_STRICT:-0} CLUSTER=cmx FORGETS_S=${RIG_FORGETS_S:-300} ARRAY=5001
[ "$STRICT" = 0 ] || { CLUSTER=strict FORGETS_S=2 ARRAY=101; }
CGROUPS=${RIG_CGROUPS:-0} TASKS=task/none GATHER=OverMemoryKill
[ "$CGROUPS" = 0 ] || { TASKS=task/cgroup GATHER=UsePss; } # Slurm takes one killer at a time
# shellcheck source=tests/rigs/slurm/daemons.sh
. "$(dirname "$(realpath "$0")")/daemons.sh"
PATH=$PATH:/usr/sbin:/sbin

say() { printf '%6.2f s  %s\n' "$(bc <<<"$(date +%s.%N) - $STARTED")" "$*"; }
fail() { echo "up.sh: $2" >&2; exit "$1"; }

# await SECONDS WHAT COMMAND...: until the command succeeds
await() {
  local tries=$(($1 * 20)) what=$2
  shift 2
  until timeout 5 "$@" >/dev/null 2>&1; do
    tries=$((tries - 1))
    [ $tries -gt 0 ] || fail 1 "$what did not come up; see $DIR/log"
    sleep 0.05
  done
}

# Daemons must not keep the caller's pipes or our lock, or the caller waits for their end.
detached() { setsid "$@" </dev/null >>"$DIR/log/detached.log" 2>&1 9>&-; }

install_packages() {
  local package missing=()
  for package in slurmctld slurmd slurmdbd slurm-client slurm-wlm-basic-plugins \
    slurm-wlm-mysql-plugin munge mariadb-server bc; do
    dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed ||
      missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  [ "${RIG_INSTALL:-1}" = 1 ] || fail 3 "these Debian packages are missing: ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  { apt-get -o DPkg::Lock::Timeout=600 -qq update &&
    apt-get -o DPkg::Lock::Timeout=600 -qq install -y --no-install-recommends "${missing[@]}"; } \
    </dev/null >"$DIR/log/apt.log" 2>&1 9>&- ||
    fail 3 "these Debian packages could not be installed: ${missing[*]} ($(tail -1 "$DIR/log/apt.log"))"
}

is_open() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# Below the range that the kernel gives to outgoing connections. The lock that two starts share is
# held until the daemons listen, so that they never choose the same ports.
choose_ports() {
  local first port
  for first in $(seq 17000 20 18980); do
    for port in $(seq "$first" $((first + 1 + NODES))); do
      is_open "$port" && continue 2
    done
    CONTROLLER_PORT=$first DATABASE_PORT=$((first + 1)) NODE_PORT=$((first + 2))
    return 0
  done
  fail 4 "no free ports between 17000 and 19000"
}

start_munge() {
  mkdir -p "$DIR/munge"
  head -c 128 /dev/urandom >"$DIR/munge/munge.key"
  chmod 400 "$DIR/munge/munge.key"
  chown -R munge:munge "$DIR/munge"
  detached setpriv --reuid=munge --regid=munge --clear-groups munged --force \
    --key-file="$DIR/munge/munge.key" --socket="$DIR/munge/munge.socket" \
    --pid-file="$DIR/munge/munged.pid" --log-file="$DIR/munge/munged.log" \
    --seed-file="$DIR/munge/munged.seed" --num-threads=4
  await 10 munged test -s "$DIR/munge/munged.pid"
  cp "$DIR/munge/munged.pid" "$DIR/run/munged.pid"
  await 10 munged munge -n -S "$DIR/munge/munge.socket"
}

start_mariadb() {
  mkdir -p "$DIR/mysql"
  chown mysql:mysql "$DIR/mysql"
  mariadb-install-db --no-defaults --user=mysql --datadir="$DIR/mysql" --skip-test-db \
    --auth-root-authentication-method=socket >"$DIR/log/mariadb-install.log" 2>&1 9>&-
  # not through `detached`: a function in the background would hide the daemon's pid
  setsid mariadbd --no-defaults --user=mysql --datadir="$DIR/mysql" --skip-networking \
    --socket="$DIR/mysql/mysqld.sock" --pid-file="$DIR/mysql/mariadbd.pid" --skip-log-bin \
    --innodb-buffer-pool-size=64M --innodb-log-file-size=16M --innodb-lock-wait-timeout=900 \
    --innodb-flush-log-at-trx-commit=0 </dev/null >"$DIR/log/mariadbd.log" 2>&1 9>&- &
  echo $! >"$DIR/run/mariadbd.pid"
  await 60 mariadbd mariadb-admin --no-defaults -S "$DIR/mysql/mysqld.sock" ping
  mariadb --no-defaults -S "$DIR/mysql/mysqld.sock" <<'SQL'
create database slurm_acct_db;
create user slurm@localhost identified by 'slurm';
grant all on slurm_acct_db.* to slurm@localhost;
SQL
}

write_slurmdbd_conf() {
  cat >"$DIR/etc/slurmdbd.conf" <<CONF
AuthType=auth/munge
AuthInfo=socket=$DIR/munge/munge.socket
DbdHost=localhost
DbdAddr=127.0.0.1
DbdPort=$DATABASE_PORT
SlurmUser=root
DebugLevel=info
LogFile=$DIR/log/slurmdbd.log
PidFile=$DIR/run/slurmdbd.pid
StorageType=accounting_storage/mysql
StorageHost=localhost
StorageUser=slurm
StoragePass=slurm
StorageLoc=slurm_acct_db
CONF
  chmod 600 "$DIR/etc/slurmdbd.conf" # slurmdbd refuses a readable one
}

# The scheduler looks every second and jobs are killed 2 s after their SIGTERM: tests wait for both.
write_slurm_conf() {
  cat >"$DIR/etc/slurm.conf" <<CONF
ClusterName=$CLUSTER
SlurmctldHost=$(hostname -s)(127.0.0.1)
SlurmctldPort=$CONTROLLER_PORT
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$DIR/munge/munge.socket
CryptoType=crypto/munge
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
StateSaveLocation=$DIR/controller
SlurmdSpoolDir=$DIR/spool.%n
SlurmctldPidFile=$DIR/run/slurmctld.pid
SlurmdPidFile=$DIR/run/slurmd.%n.pid
SlurmctldLogFile=$DIR/log/slurmctld.log
SlurmdLogFile=$DIR/log/slurmd.%n.log
SlurmctldDebug=info
SlurmdDebug=info
ProctrackType=proctrack/linuxproc
TaskPlugin=$TASKS
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=$GATHER
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerType=sched/backfill
SchedulerParameters=bf_interval=1,sched_interval=1,batch_sched_delay=0,sched_min_interval=0
ReturnToService=2
# on a busy computer a login shell, which each job begins with, may take longer than the usual 10 s
BatchStartTimeout=120
SlurmctldTimeout=30
SlurmdTimeout=60
InactiveLimit=0
MinJobAge=$FORGETS_S
KillWait=2
OverTimeLimit=0
Waittime=0
MaxArraySize=$ARRAY
MaxJobCount=20000
RebootProgram=/bin/true
AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=127.0.0.1
AccountingStoragePort=$DATABASE_PORT
# without it each client of slurmdbd looks for the system's own munge socket
AccountingStoragePass=socket=$DIR/munge/munge.socket
AccountingStorageEnforce=associations,limits,qos
# what a job was given is kept, so that a test can look for what must not be in it
AccountingStoreFlags=job_comment,job_env,job_script
NodeName=node[1-$NODES] NodeHostname=localhost NodeAddr=127.0.0.1 Port=$(node_ports) CPUs=$CPUS RealMemory=2000 TmpDisk=1000 State=UNKNOWN
PartitionName=debug Nodes=node[1-$(((NODES + 1) / 2))] Default=YES DefaultTime=00:05:00 MaxTime=00:30:00 DefMemPerCPU=200 State=UP
PartitionName=batch Nodes=node[1-$NODES] Default=NO DefaultTime=00:10:00 MaxTime=INFINITE DefMemPerCPU=200 State=UP
CONF
  echo CgroupAutomount=no >"$DIR/etc/cgroup.conf"
}

# A branch of its own in the kernel's tree, so that clusters side by side share no name. What takes
# more memory than its job asked for is killed there, and the job ends OUT_OF_MEMORY; the accounting
# alone, which kills too, calls such a job FAILED.
hold_memory() {
  local tree=/sys/fs/cgroup/memory
  [ -w "$tree/cgroup.procs" ] || fail 5 "no memory cgroups of version 1 at $tree"
  mkdir -p "$tree/$(basename "$DIR")" "$DIR/cgroup"
  ln -sfn "$tree/$(basename "$DIR")" "$DIR/cgroup/memory"
  cat >>"$DIR/etc/cgroup.conf" <<CONF
CgroupPlugin=cgroup/v1
CgroupMountpoint=$DIR/cgroup
ConstrainRAMSpace=yes
ConstrainSwapSpace=yes
AllowedSwapSpace=0
CONF
}

# What administrators of busy clusters write: nothing without account and time, no held jobs, queues
# chosen by the site, comments of its own, few jobs, nothing to see of others. Clients of this
# cluster cannot reach the accounting at all.
write_strict_rules() {
  cat >>"$DIR/etc/slurm.conf" <<CONF
JobSubmitPlugins=lua
EnforcePartLimits=ALL
PrivateData=jobs
CONF
  cat >"$DIR/etc/job_submit.lua" <<'LUA'
function slurm_job_submit(job, parts, uid)
  if job.account == nil then
    slurm.log_user("This site bills every job: say --account=PROJECT")
    return slurm.ERROR
  end
  if job.time_limit == slurm.NO_VAL then
    slurm.log_user("This site needs a time limit: say --time=MINUTES")
    return slurm.ERROR
  end
  if job.priority == 0 then
    slurm.log_user("This site takes no held jobs: submit without --hold")
    return slurm.ERROR
  end
  job.partition = "batch"
  job.comment = "billed to " .. job.account
  return slurm.SUCCESS
end

function slurm_job_modify(job, record, parts, uid)
  return slurm.SUCCESS
end

return slurm.SUCCESS
LUA
  mkdir -p "$DIR/client"
  sed 's/^AccountingStoragePort=.*/AccountingStoragePort=1/' "$DIR/etc/slurm.conf" >"$DIR/client/slurm.conf"
  cp "$DIR/etc/cgroup.conf" "$DIR/client/"
}

limit_submissions() {
  sacctmgr -i modify user where account=science set MaxSubmitJobs=50 >>"$DIR/log/sacctmgr.log" 2>&1
}

node_ports() {
  [ "$NODES" = 1 ] && echo "$NODE_PORT" || echo "[$NODE_PORT-$((NODE_PORT + NODES - 1))]"
}

start_slurmdbd() {
  # the client library of MariaDB finds the private socket through this variable only
  MYSQL_UNIX_PORT=$DIR/mysql/mysqld.sock detached slurmdbd
  await 60 slurmdbd sacctmgr -n show cluster
  {
    sacctmgr -i add cluster "$CLUSTER"
    sacctmgr -i add account science Description=science Organization=cmx
    sacctmgr -i add user root "$TEST_USER" Account=science
  } >"$DIR/log/sacctmgr.log" 2>&1
  [ "$STRICT" = 0 ] || limit_submissions
}

are_nodes_up() {
  [ "$(sinfo -h -p batch -t idle,alloc,mix -o %D | paste -sd+ | bc)" = "$NODES" ]
}

# A job begins with a login. What root of this computer has in its profile is not for the tests: it
# takes time, and a job that is cancelled in the middle of it may leave a lock behind that makes
# every later login wait. So the nodes see empty ones, where mounts can be had.
with_plain_logins() {
  local home
  home=$(getent passwd root | cut -d: -f6)
  unshare --mount true 2>/dev/null || { "$@"; return; }
  unshare --mount sh -c '
    for name in .profile .bash_profile .bash_login .bashrc; do
      [ ! -e "$0/$name" ] || mount --bind /dev/null "$0/$name"
    done
    exec "$@"' "$home" "$@"
}

start_slurm() {
  local i
  detached slurmctld
  await 30 slurmctld scontrol ping
  for i in $(seq "$NODES"); do
    mkdir -p "$DIR/spool.node$i"
    with_plain_logins setsid slurmd -N "node$i" </dev/null >>"$DIR/log/detached.log" 2>&1 9>&-
  done
  export NODES
  export -f are_nodes_up
  await 60 "a node" bash -c are_nodes_up
}

umask 022
mkdir -p "$DIR"/{etc,log,run,controller}
chmod 755 "$DIR"
exec 9>/tmp/cmx-slurm.lock
flock -w 300 9 || fail 1 "another start of a Slurm cluster takes too long"
install_packages
STARTED=$(date +%s.%N)
id -u "$TEST_USER" >/dev/null 2>&1 || useradd -m -s /bin/bash "$TEST_USER"
choose_ports
write_slurm_conf
[ "$CGROUPS" = 0 ] || hold_memory
[ "$STRICT" = 0 ] || write_strict_rules
write_slurmdbd_conf
start_munge
say "munge"
start_mariadb
say "mariadb"
start_slurmdbd
say "slurmdbd"
start_slurm
say "slurmctld, $NODES nodes"
echo "export SLURM_CONF=$SLURM_CONF" >"$DIR/env"
