import type { TextFiles } from '../client/archive.ts'

/** Where the builder's files are put, and where its engine listens. */
export const builderFolder = '/opt/stevedore'
export const builderSocket = '/run/stevedore-builder.sock'

/** The network of the steps. Nothing else is on it, so that only what builds name in `networks` can meet it. */
const bridge = '10.255.254.1/24'

/** What BuildKit lets one step print, in all and in a second; by itself that is 2 MiB and 200 KiB. Twice what a job’s log keeps. Older ones clip all at -1. */
const stepLogBytes = 128 * 2 ** 20

/** Engines up to 20.10 tell what was printed in pieces of 1 MiB, and tell the first of several for ever: no step may print so much. */
const oldStepLogBytes = 900 * 2 ** 10

/** Networks that lead to machines of others, or to this one: private, shared, loopback, link-local with cloud metadata, multicast. */
const closedNetworks = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24'],
  ...['192.168.0.0/16', '198.18.0.0/15', '224.0.0.0/3'],
]

/**
 * Makes ready what limits and separates steps, and starts the engine only when all of it is: a builder that cannot hold a step is none.
 * Under cgroup v1 the groups, and everywhere the devices of the container's network, are mounted for reading. Under v2 a group that holds processes may not limit those below it, so its own
 * move aside, with those that are just coming. The shell stays, since processes that lose their parent become its own.
 */
const start = `#!/bin/sh
set -e
groups=/sys/fs/cgroup
for folder in "$groups" "$groups"/*/; do mount -o remount,rw,bind "$folder" 2>/dev/null || true; done
if [ -f "$groups/cgroup.controllers" ]; then
  mkdir -p "$groups/init"
  tries=0
  until for one in $(cat "$groups/cgroup.controllers"); do echo "+$one"; done | xargs > "$groups/cgroup.subtree_control"; do
    for pid in $(cat "$groups/cgroup.procs"); do echo "$pid" > "$groups/init/cgroup.procs" || true; done 2>/dev/null
    tries=$((tries + 1))
    [ "$tries" -lt 100 ]
  done 2>/dev/null
  memory=$groups/docker pids=$groups/docker memory_max=memory.max swap_max=memory.swap.max
  mkdir -p "$memory"
  for one in memory pids cpu; do echo "+$one" > "$memory/cgroup.subtree_control"; done
else
  memory=$groups/memory/docker pids=$groups/pids/docker memory_max=memory.limit_in_bytes swap_max=memory.memsw.limit_in_bytes
  mkdir -p "$memory" "$pids"
fi
echo "$STEPS_MEMORY" > "$memory/$memory_max"
echo "$STEPS_PROCESSES" > "$pids/pids.max"
mount -o remount,rw /sys
STEP_SWAP=
[ ! -f "$memory/$swap_max" ] || STEP_SWAP=",\\"swap\\":$STEP_MEMORY"
STEVEDORE_RUNC=$(command -v runc)
iptables -nL > /dev/null 2>&1 || PATH=/usr/local/sbin/.iptables-legacy:$PATH
PATH=${builderFolder}:$PATH
export PATH STEVEDORE_RUNC STEP_SWAP
step_log=${stepLogBytes}
case "$(dockerd --version)" in *' version 1'[0-9].* | *' version 20.'*) step_log=${oldStepLogBytes} ;; esac
export BUILDKIT_STEP_LOG_MAX_SIZE=$step_log BUILDKIT_STEP_LOG_MAX_SPEED=$step_log
iptables -N DOCKER-USER
for server in $(sed -n 's/^nameserver \\([0-9.]*\\)$/\\1/p' /etc/resolv.conf); do
  iptables -A DOCKER-USER -i docker0 -d "$server" -p udp --dport 53 -j RETURN
  iptables -A DOCKER-USER -i docker0 -d "$server" -p tcp --dport 53 -j RETURN
done
for network in 169.254.0.0/16 $HOST_ADDRESSES; do iptables -A DOCKER-USER -i docker0 -d "$network" -j REJECT; done
for network in $OPEN_NETWORKS; do iptables -A DOCKER-USER -i docker0 -d "$network" -j RETURN; done
for network in ${closedNetworks.join(' ')}; do iptables -A DOCKER-USER -i docker0 -d "$network" -j REJECT; done
iptables -A INPUT -i docker0 -j REJECT
rm -f /var/run/docker.pid ${builderSocket}
(while true; do ${builderFolder}/watch "$memory" "$pids"; done) &
dockerd --host=unix://${builderSocket} --bip=${bridge} --icc=false --ipv6=false &
engine=$!
trap 'kill -TERM "$engine"' TERM INT
set +e
wait "$engine"
wait "$engine"
`

/**
 * Stands before the engine's runc, and gives each step its limits: BuildKit has none. What it adds stands before what the
 * engine wrote, in the object of that name; inside a text of a step its quotation marks would be escaped. A step's end of the bridge
 * is there by now: it is cut off from those of other steps, and the step may not make frames of its own by which it passes for another.
 */
const runc = `#!/bin/sh
bundle= before=
for argument; do
  [ "$before" = --bundle ] && bundle=$argument
  before=$argument
done
if [ -f "$bundle/config.json" ]; then
  memory="\\"memory\\":{\\"limit\\":$STEP_MEMORY$STEP_SWAP}"
  limits="$memory,\\"pids\\":{\\"limit\\":$STEP_PROCESSES},\\"cpu\\":{\\"quota\\":$STEP_QUOTA,\\"period\\":100000}"
  sed -i -e "s/\\"resources\\":{/\\"resources\\":{$limits,/" \\
    -e ':next' -e 's/\\("capabilities":{[^}]*\\)"CAP_NET_RAW",/\\1/' -e 't next' "$bundle/config.json" || exit 1
  grep -q "\\"resources\\":{$limits" "$bundle/config.json" || { echo "the step's limits cannot be set" >&2; exit 1; }
  for port in /sys/class/net/docker0/brif/*/isolated; do
    [ ! -e "$port" ] || echo 1 > "$port" || { echo "the step cannot be cut off from others" >&2; exit 1; }
  done
fi
exec "$STEVEDORE_RUNC" "$@"
`

/**
 * A step that has had a process killed for its memory, or refused for their number, is ended as a whole. When all steps together have
 * nearly all the processes that they may, the one with the most is.
 */
const watch = `#!/bin/sh
memory=$1 pids=$2
end() {
  for pid in $(cat "$1/cgroup.procs" 2>/dev/null); do kill -KILL "$pid" 2>/dev/null; done
}
while sleep 1; do
  most=0 largest=
  for step in "$pids"/buildkit/*/; do
    grep -qs '^max [1-9]' "$step/pids.events" && end "$step"
    read -r now 2>/dev/null < "$step/pids.current" || continue
    [ "$now" -gt "$most" ] && most=$now largest=$step
  done
  read -r all 2>/dev/null < "$pids/pids.current" || continue
  [ "$all" -ge $((STEPS_PROCESSES - STEPS_PROCESSES / 16)) ] && end "$largest"
  for step in "$memory"/buildkit/*/; do
    grep -qs '^oom_kill [1-9]' "$step/memory.events" "$step/memory.oom_control" && end "$step"
  done
done
`

/** The builder's programs; each is one text that nothing is filled into but what is constant. */
export const builderFiles: TextFiles = { start, runc, watch }
