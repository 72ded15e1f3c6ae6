#!/bin/sh
# Measures bin/grimoire beside its peers, prints the table of targets, and keeps
# it in docs/benchmarks.md. Peers, programs and results go to bin/bench.
#
#   ROUNDS=5            in place of 3: medians over more of them
#   SHORT=1             one round, some six minutes; docs stay
#   NOTE='A sentence.'  what a reader of the table should know
#   GRIMOIRE=…          another binary
set -eu
cd "$(dirname "$0")/.."

bench=$PWD/bin/bench
export PEERS="$bench/peers" DOCUMENT="$bench/document" DOCUMENT_NOTES="$bench/document-notes" GRIMOIRE="${GRIMOIRE:-$PWD/bin/grimoire}"
SCRATCH=$(mktemp -d)
export SCRATCH
trap 'rm -rf "$SCRATCH"' EXIT
trap 'exit 1' INT TERM

for peer in y-websocket hocuspocus; do
	mkdir -p "$PEERS/$peer"
	cp loadgen/peers/$peer/* "$PEERS/$peer"
	cmp -s "$PEERS/$peer/package-lock.json" "$PEERS/$peer/installed" && continue
	echo "installing $peer" >&2
	(cd "$PEERS/$peer" && npm ci --no-audit --no-fund --loglevel=error)
	cp "$PEERS/$peer/package-lock.json" "$PEERS/$peer/installed"
done
[ -s "$DOCUMENT" ] || node "$PEERS/hocuspocus/large-document.js" "$DOCUMENT" 400000
[ -s "$DOCUMENT_NOTES" ] || node "$PEERS/hocuspocus/large-document.js" "$DOCUMENT_NOTES" 400000 notes
(cd loadgen && go build -o "$bench/loadgen" .)

rounds=${ROUNDS:-3}
if [ -n "${SHORT:-}" ]; then
	rounds=${ROUNDS:-1}
fi
results=$bench/results.jsonl
rm -f "$results"
timeout --foreground 2h "$bench/loadgen" suite -o "$results" -rounds "$rounds" loadgen/suite.json

echo
if [ -n "${SHORT:-}" ]; then
	"$bench/loadgen" targets "$results"
else
	"$bench/loadgen" targets -into docs/benchmarks.md -how "make bench-rooms ROUNDS=$rounds" \
		-note "Medians of $rounds rounds; peers on Node $(node --version | tr -d v). ${NOTE:-}" "$results"
fi
