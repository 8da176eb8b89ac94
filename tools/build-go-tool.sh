#!/usr/bin/env bash
# Builds a Go program into .cache/toolchain and prints the binary's path. Needs Go 1.24 or later.
# Usage: tools/build-go-tool.sh <name> <version> <module> <package>
set -euo pipefail
name="$1" version="$2" module="$3" package="$4"
cd "$(dirname "$0")/.."
home="$PWD/.cache/toolchain/$name-$version"
if [ ! -x "$home/$name" ]; then
  if ! command -v go >/dev/null; then
    echo "$name $version is built from its Go module, and there is no Go here. Install Go 1.24 or later (golang.org/dl)." >&2
    exit 1
  fi
  mkdir -p "$home/src"
  (
    cd "$home/src"
    rm -f go.mod go.sum
    go mod init "${name}bin"
    go mod edit -require "$module@$version"
    GOFLAGS=-mod=mod CGO_ENABLED=0 go build -o "$home/$name" "$package"
  ) >&2
fi
echo "$home/$name"
