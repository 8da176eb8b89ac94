#!/usr/bin/env bash
# Builds grpcurl and prints the binary's path.
exec bash "$(dirname "$0")/build-go-tool.sh" grpcurl v1.9.3 \
  github.com/fullstorydev/grpcurl github.com/fullstorydev/grpcurl/cmd/grpcurl
