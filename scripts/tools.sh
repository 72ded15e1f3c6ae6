#!/bin/sh
# Says in one line what is missing to build Grimoire: Go >= 1.26 and Node >= 20.
set -u

fail() { echo "grimoire: $1" >&2; exit 1; }

command -v go >/dev/null 2>&1 || fail "Go 1.26 or later is needed: https://go.dev/dl"
go version | awk '{ split(substr($3, 3), v, "."); exit !(v[1] > 1 || v[2] >= 26) }' ||
	fail "Go 1.26 or later is needed; this is $(go version)"
command -v node >/dev/null 2>&1 || fail "Node 20 or later is needed: https://nodejs.org"
node -e 'process.exit(Number(process.versions.node.split(".")[0]) < 20 ? 1 : 0)' ||
	fail "Node 20 or later is needed; this is $(node --version)"
command -v npm >/dev/null 2>&1 || fail "npm is needed; it comes with Node"
