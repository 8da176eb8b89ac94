#!/usr/bin/env bash
# Runs a k6 scenario: against a running platform (ISOTHERM_INGEST, ISOTHERM_API), or one of its own in a temporary directory.
# Usage: loadtests/run.sh [scenario] [k6 options …]      scenario: smoke (default)
set -euo pipefail
cd "$(dirname "$0")/.."
scenario="${1:-smoke}"
[ $# -gt 0 ] && shift
k6="$(bash tools/build-k6.sh)"
if [ -n "${ISOTHERM_INGEST:-}" ]; then
  exec "$k6" run "$@" "loadtests/src/$scenario.ts"
fi
data="$(mktemp -d)"
# The process itself, not npx: that would leave its child running.
trap 'kill "$platform" 2>/dev/null || true; wait "$platform" 2>/dev/null || true; rm -rf "$data"' EXIT
node_modules/node/bin/node apps/isotherm/bin/isotherm.js start --no-feed --data-dir "$data" --ingest-port 50171 --api-port 18171 --metrics-port 19171 >"$data/out" 2>&1 &
platform=$!
for _ in $(seq 1 120); do
  curl -sf http://127.0.0.1:19171/readyz >/dev/null 2>&1 && break
  kill -0 "$platform" 2>/dev/null || { cat "$data/out" >&2; exit 1; }
  sleep 0.5
done
ISOTHERM_INGEST=127.0.0.1:50171 ISOTHERM_API=http://127.0.0.1:18171 "$k6" run "$@" "loadtests/src/$scenario.ts"
