#!/usr/bin/env bash
# Installs what requirements.txt names, generates code from the protos and runs main.py with the arguments given.
# `--install` alone only installs: the one step that needs a network, and only the first time.
set -euo pipefail
cd "$(dirname "$0")"
root=../..
key="$(python3 -c 'import platform, sys; print(platform.machine(), *sys.version_info[:2], sep="-")')-$(cksum <requirements.txt | cut -d' ' -f1)"
home="$root/.cache/examples-python/$key"

if [ ! -e "$home/installed" ]; then
  mkdir -p "$home"
  python3 -m venv --clear "$home/venv"
  "$home/venv/bin/pip" install --quiet --disable-pip-version-check --retries 1 --timeout 20 -r requirements.txt
  touch "$home/installed"
fi
[ "${1:-}" != --install ] || exit 0

generated="$(mktemp -d "$home/generated.XXXXXX")"
trap 'rm -rf "$generated"' EXIT
"$home/venv/bin/python" -m grpc_tools.protoc \
  -I "$root/proto" -I "$root/proto/third_party" \
  --python_out="$generated" --pyi_out="$generated" --grpc_python_out="$generated" \
  $(cd "$root/proto" && find isotherm -name '*.proto') buf/validate/validate.proto
PYTHONPATH="$generated" "$home/venv/bin/python" main.py "$@"
