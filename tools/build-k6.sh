#!/usr/bin/env bash
# Builds k6 and prints the binary's path.
exec bash "$(dirname "$0")/build-go-tool.sh" k6 v2.2.0 go.k6.io/k6/v2 go.k6.io/k6/v2
