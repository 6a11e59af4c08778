#!/bin/sh
# Makes the files in docker/secrets that compose.production.yaml gives to its services, and leaves alone those that are there.
set -eu
if [ $# -gt 0 ]; then
  echo "Usage: docker/make-secrets.sh" >&2
  exit 2
fi
cd "$(dirname "$0")"
# The folder is its owner's alone. The files are read in containers, each by a user of its own.
umask 077
mkdir -p secrets
cd secrets

# $1: its name; the rest makes it
keep() {
  name=$1
  shift
  [ -s "$name" ] || "$@" >"$name"
  chmod 444 "$name"
}
url() { printf '%s://%s:%s@%s' "$1" "$2" "$(cat "$3")" "$4"; }

for name in postgres-password service-password redis-password grafana-password; do keep "$name" openssl rand -hex 24; done
for name in master-key audit-key; do keep "$name" openssl rand -base64 32; done
keep owner-database-url url postgres stevedore postgres-password postgres:5432/stevedore
keep database-url url postgres stevedore_api service-password postgres:5432/stevedore
keep redis-url url redis '' redis-password redis:6379

echo "Keep master-key and audit-key elsewhere as well, apart from backups: without the master key no stored secret can be read."
for name in tls-certificate tls-key; do
  if [ -s "$name" ]; then chmod 444 "$name"; else echo "Yours to bring, as PEM: docker/secrets/$name"; fi
done
