import type { TextFiles } from '../client/archive.ts'

/** Where the builder's files are put, and where its engine listens. */
export const builderFolder = '/opt/stevedore'
export const builderSocket = '/run/stevedore-builder.sock'

/** The network of the steps. Nothing else is on it, so that only what builds name in `networks` can meet it. */
const bridge = '10.255.254.1/24'

/** Networks that lead to machines of others, or to this one: private, shared, loopback, link-local with cloud metadata, multicast. */
const closedNetworks = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24'],
  ...['192.168.0.0/16', '198.18.0.0/15', '224.0.0.0/3'],
]

/**
 * Starts the engine with rules for its network, and ends steps that are at their limits. Under cgroup v1 the groups are mounted for
 * reading; under v2 a group that holds processes may not limit those below it, so its own move aside.
 */
const start = `#!/bin/sh
groups=/sys/fs/cgroup
for folder in "$groups" "$groups"/*; do mount -o remount,rw,bind "$folder" 2>/dev/null; done
if [ -f "$groups/cgroup.controllers" ]; then
  mkdir -p "$groups/init"
  for pid in $(cat "$groups/cgroup.procs"); do echo "$pid" > "$groups/init/cgroup.procs" 2>/dev/null; done
  for one in $(cat "$groups/cgroup.controllers"); do echo "+$one" > "$groups/cgroup.subtree_control" 2>/dev/null; done
fi
set -e
STEVEDORE_RUNC=$(command -v runc)
PATH=${builderFolder}:$PATH
export PATH STEVEDORE_RUNC
iptables -N DOCKER-USER 2>/dev/null || iptables -F DOCKER-USER
for server in $(sed -n 's/^nameserver \\([0-9.]*\\)$/\\1/p' /etc/resolv.conf); do
  iptables -A DOCKER-USER -i docker0 -d "$server" -p udp --dport 53 -j RETURN
  iptables -A DOCKER-USER -i docker0 -d "$server" -p tcp --dport 53 -j RETURN
done
for network in 169.254.0.0/16 $HOST_ADDRESSES; do iptables -A DOCKER-USER -i docker0 -d "$network" -j REJECT; done
for network in $OPEN_NETWORKS; do iptables -A DOCKER-USER -i docker0 -d "$network" -j RETURN; done
for network in ${closedNetworks.join(' ')}; do iptables -A DOCKER-USER -i docker0 -d "$network" -j REJECT; done
iptables -C INPUT -i docker0 -j REJECT 2>/dev/null || iptables -A INPUT -i docker0 -j REJECT
rm -f /var/run/docker.pid ${builderSocket}
${builderFolder}/watch &
exec dockerd --host=unix://${builderSocket} --bip=${bridge} --icc=false --ipv6=false
`

/**
 * Stands before the engine's runc, and gives each step its limits: BuildKit has none. What it adds stands before what the
 * engine wrote, in the object of that name; inside a text of a step its quotation marks would be escaped.
 */
const runc = `#!/bin/sh
bundle= before=
for argument; do
  [ "$before" = --bundle ] && bundle=$argument
  before=$argument
done
if [ -f "$bundle/config.json" ]; then
  memory="\\"memory\\":{\\"limit\\":$STEP_MEMORY,\\"swap\\":$STEP_MEMORY}"
  limits="$memory,\\"pids\\":{\\"limit\\":$STEP_PROCESSES},\\"cpu\\":{\\"quota\\":$STEP_QUOTA,\\"period\\":100000}"
  sed -i "s/\\"resources\\":{/\\"resources\\":{$limits,/" "$bundle/config.json" || exit 1
  grep -q "\\"resources\\":{$limits" "$bundle/config.json" || { echo "the step's limits cannot be set" >&2; exit 1; }
fi
exec "$STEVEDORE_RUNC" "$@"
`

/** A step that has had a process killed for its memory, or refused for their number, is ended as a whole. */
const watch = `#!/bin/sh
groups=/sys/fs/cgroup
[ -f "$groups/cgroup.controllers" ] && memory=$groups pids=$groups || memory=$groups/memory pids=$groups/pids
end() {
  for pid in $(cat "$1/cgroup.procs" 2>/dev/null); do kill -KILL "$pid" 2>/dev/null; done
}
while sleep 1; do
  for step in "$pids"/docker/buildkit/*/; do
    grep -qs '^max [1-9]' "$step/pids.events" && end "$step"
  done
  for step in "$memory"/docker/buildkit/*/; do
    grep -qs '^oom_kill [1-9]' "$step/memory.events" "$step/memory.oom_control" && end "$step"
  done
done
`

/** The builder's programs; each is one text that nothing is filled into but what is constant. */
export const builderFiles: TextFiles = { start, runc, watch }
