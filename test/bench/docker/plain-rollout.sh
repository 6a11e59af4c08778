#!/bin/bash
# A rolling deploy as a careful person would script it: docker commands, a health gate of two answers, HAProxy's socket, a drain.
# plain-rollout.sh REVISION: with IMAGE, NETWORK, PREFIX (of names), SOCKET (of HAProxy), and what is to be replaced in OLD.
set -euo pipefail
revision=$1

tell() { echo "$1" | socat -t 5 - "UNIX-CONNECT:$SOCKET"; }

await_health() {
  local good=0 end=$((SECONDS + 60))
  until [ "$good" -ge 2 ]; do
    [ "$SECONDS" -lt "$end" ]
    if curl -sf -m 1 -o /dev/null "http://$1:8080/health"; then good=$((good + 1)); else good=0; fi
    [ "$good" -ge 2 ] || sleep 0.2
  done
}

# The fourth value after the name in `show servers conn` is how many connections are used.
await_drained() {
  local end=$((SECONDS + 5))
  while [ "$SECONDS" -lt "$end" ] && tell "show stat app 4 -1" | grep -q "^app,$1,[^,]*,[^,]*,[1-9]"; do sleep 0.1; done
}

docker pull -q "$IMAGE" > /dev/null
old=($OLD)
for part in 1 2; do
  name="$PREFIX-$revision-$part"
  docker run -d --name "$name" --network "$NETWORK" --memory 512m --pids-limit 512 --cap-drop ALL \
    --security-opt no-new-privileges -e "REVISION=$revision" -e BEHAVIOUR=healthy "$IMAGE" > /dev/null
  address=$(docker inspect -f "{{(index .NetworkSettings.Networks \"$NETWORK\").IPAddress}}" "$name")
  await_health "$address"
  tell "add server app/$name $address:8080; enable server app/$name" > /dev/null
  gone=${old[$((part - 1))]:-}
  if [ -n "$gone" ]; then
    tell "set server app/$gone state drain" > /dev/null
    await_drained "$gone"
    docker stop -t 10 "$gone" > /dev/null
    docker rm "$gone" > /dev/null
    tell "set server app/$gone state maint; del server app/$gone" > /dev/null
  fi
done
