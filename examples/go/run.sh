#!/usr/bin/env bash
# Generates code from the protos, builds the program and runs it with the arguments given.
# `--install` alone only fetches what go.mod names: the one step that needs a network, and only the first time.
set -euo pipefail
cd "$(dirname "$0")"
root=../..
home="$root/.cache/examples-go/$(cksum <go.sum | cut -d' ' -f1)"

[ -x "$home/bin/protoc-gen-go-grpc" ] || GOBIN="$PWD/$home/bin" go install tool
go mod download
[ "${1:-}" != --install ] || exit 0

PATH="$PWD/$home/bin:$PWD/$root/node_modules/.bin:$PATH"
buf generate --template buf.gen.go.yaml
go build -buildvcs=false -o "$home/station" .
"$home/station" "$@"
