#!/bin/sh
# Makes sure that PostgreSQL's server binaries and Chromium are here: the tests use both for real.
# On Debian and Ubuntu they are installed; elsewhere this says what is missing.
set -eu

have_postgres() {
	[ -n "${PG_BIN:-}" ] && [ -x "$PG_BIN/initdb" ] && return
	command -v initdb >/dev/null 2>&1 && return
	ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1
}
have_chromium() {
	[ -n "${CHROMIUM:-}" ] && [ -x "$CHROMIUM" ] && return
	command -v chromium >/dev/null 2>&1
}

missing=
have_postgres || missing="postgresql"
have_chromium || missing="$missing chromium"
[ -n "$missing" ] || exit 0

as_root=
[ "$(id -u)" = 0 ] || as_root="sudo"
if ! command -v apt-get >/dev/null 2>&1 || { [ -n "$as_root" ] && ! command -v sudo >/dev/null 2>&1; }; then
	echo "grimoire: the tests need:$missing" >&2
	echo "  PostgreSQL: its bin directory on PATH or in \$PG_BIN; Chromium: on PATH as 'chromium' or its file in \$CHROMIUM" >&2
	exit 1
fi

echo "installing for the tests:$missing"
# Debian would start a cluster of its own; the tests start private ones.
$as_root mkdir -p /etc/postgresql-common
[ -e /etc/postgresql-common/createcluster.conf ] ||
	echo "create_main_cluster = false" | $as_root tee /etc/postgresql-common/createcluster.conf >/dev/null
# A mirror may fail for a moment, and another installation may be under way.
patient="-qq -o Acquire::Retries=5 -o DPkg::Lock::Timeout=600"
# shellcheck disable=SC2086
$as_root apt-get update $patient
# shellcheck disable=SC2086
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y $patient --no-install-recommends $missing >/dev/null
