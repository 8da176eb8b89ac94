#!/usr/bin/env bash
# Builds grpcurl from its Go module into .cache/toolchain and prints the binary's path. Needs Go 1.24 or later.
set -euo pipefail
version=v1.9.3
cd "$(dirname "$0")/.."
home="$PWD/.cache/toolchain/grpcurl-$version"
if [ ! -x "$home/grpcurl" ]; then
  if ! command -v go >/dev/null; then
    echo "grpcurl $version is built from its Go module, and there is no Go here. Install Go 1.24 or later (golang.org/dl)." >&2
    exit 1
  fi
  mkdir -p "$home/src"
  (
    cd "$home/src"
    rm -f go.mod go.sum
    go mod init grpcurlbin
    go mod edit -require "github.com/fullstorydev/grpcurl@$version"
    GOFLAGS=-mod=mod CGO_ENABLED=0 go build -o "$home/grpcurl" github.com/fullstorydev/grpcurl/cmd/grpcurl
  ) >&2
fi
echo "$home/grpcurl"
