#!/usr/bin/env bash
# Dumps the database at intervals, checks that each dump can be read back, and removes those that are too old.
# `backup.sh is-fresh` is the health check: a dump younger than two intervals exists.
set -euo pipefail

folder=${BACKUP_PATH:-/backups}
hours=${EVERY_HOURS:-6}
days=${KEEP_DAYS:-30}

if [ "${1:-}" = is-fresh ]; then
    [ -n "$(find "$folder" -maxdepth 1 -name 'mdmaat-*.dump' -mmin "-$((hours * 120))" -print -quit)" ]
    exit
fi

if [ -f /run/secrets/database_password ]; then
    PGPASSWORD=$(cat /run/secrets/database_password)
    export PGPASSWORD
fi
umask 077
trap 'rm -f "$folder"/*.unfinished; exit 0' TERM INT

while true; do
    name="$folder/mdmaat-$(date -u +%Y%m%dT%H%M%SZ).dump"
    if pg_dump --format=custom --compress=6 --file="$name.unfinished" && pg_restore --list "$name.unfinished" >/dev/null; then
        mv "$name.unfinished" "$name"
        echo "kept $name"
        find "$folder" -maxdepth 1 -name 'mdmaat-*.dump' -mtime "+$days" -delete
    else
        rm -f "$name.unfinished"
        echo "the backup failed; the older ones are kept" >&2
    fi
    [ "${1:-}" = once ] && exit
    sleep "$((hours * 3600))" &
    wait $!
done
