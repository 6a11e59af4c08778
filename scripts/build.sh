#!/bin/sh
# Builds Stevedore by the Stevedore that `stevedore` reaches: `stevedore build`, and nothing besides.
set -eu

usage() {
  cat >&2 <<'END'
Usage: scripts/build.sh TARGET|all [--version=VERSION] [--push] [--registry=HOST] [--no-cache]

  TARGET         base, dev-deps, prod-deps, development, testing, production or security
  all            each of them
  --version=     by default what git describes
  --push         once they are built
  --registry=    another than that of stevedore.yaml
  --no-cache     build every step anew
END
  exit 2
}

[ $# -gt 0 ] || usage
target=$1
shift
case $target in
  all | base | dev-deps | prod-deps | development | testing | production | security) ;;
  *) usage ;;
esac
for option in "$@"; do
  case $option in
    --version=?* | --registry=?* | --push | --no-cache) ;;
    *) usage ;;
  esac
done

cd "$(dirname "$0")/.."
exec "${STEVEDORE:-bin/stevedore.js}" build stevedore "$target" "$@"
