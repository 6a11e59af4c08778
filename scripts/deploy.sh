#!/bin/sh
# Deploys Stevedore by the Stevedore that `stevedore` reaches: `stevedore deploy`, and nothing besides.
set -eu

usage() {
  cat >&2 <<'END'
Usage: scripts/deploy.sh ENVIRONMENT [--version=VERSION] [--dry-run] [--namespace=NAMESPACE] [--wait-timeout=DURATION]

  ENVIRONMENT       one of stevedore.yaml: staging or production
  --version=        one that was built and pushed; by default the newest
  --dry-run         show the exact changes and make none
  --namespace=      only where the environment is in this namespace
  --wait-timeout=   wait for so long at most, as 90s or 20m; the deploy goes on
END
  exit 2
}

[ $# -gt 0 ] || usage
environment=$1
shift
case $environment in
  '' | [!a-z]* | *[!a-z0-9-]*) usage ;;
esac
for option in "$@"; do
  case $option in
    --version=?* | --namespace=?* | --wait-timeout=?* | --dry-run) ;;
    *) usage ;;
  esac
done

cd "$(dirname "$0")/.."
exec "${STEVEDORE:-bin/stevedore.js}" deploy stevedore "$environment" "$@"
