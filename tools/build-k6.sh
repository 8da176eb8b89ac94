#!/usr/bin/env bash
# Builds k6 from its Go module into .cache/toolchain and prints the binary's path. Needs Go 1.24 or later.
set -euo pipefail
version=v2.2.0
cd "$(dirname "$0")/.."
home="$PWD/.cache/toolchain/k6-$version"
if [ ! -x "$home/k6" ]; then
  if ! command -v go >/dev/null; then
    echo "k6 $version is built from its Go module, and there is no Go here. Install Go 1.24 or later (golang.org/dl)." >&2
    exit 1
  fi
  mkdir -p "$home/src"
  (
    cd "$home/src"
    rm -f go.mod go.sum
    go mod init k6bin
    go mod edit -require "go.k6.io/k6/v2@$version"
    GOFLAGS=-mod=mod CGO_ENABLED=0 go build -o "$home/k6" go.k6.io/k6/v2
  ) >&2
fi
echo "$home/k6"
