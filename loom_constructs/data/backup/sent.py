"""What runs beside PostgreSQL when backups are sent to a bucket or encrypted: rclone, and POSIX sh around it."""

from __future__ import annotations

from collections.abc import Mapping

from ...kubernetes import EnvValue, SecretKey
from .bucket import Bucket
from .scripts import FOLDER
from .shell import HAND_OVER

_COMMON = (
    """\
#!/bin/sh
set -eu
umask 077
trap 'exit 143' TERM
began=$(date +%s)
backup=none
bytes=0
rows=0
log=$SCRATCH/rclone.log
"""
    + HAND_OVER
    + """
# rclone wants passwords in a form of its own; it is made here, so that the Secret holds what people know
unlock() {
  RCLONE_CONFIG_SAFE_PASSWORD=$(printf '%s' "$1" | rclone obscure -)
  export RCLONE_CONFIG_SAFE_PASSWORD
}
if [ "${ENCRYPTION_KEY-none}" != none ]; then
  [ -n "$ENCRYPTION_KEY" ] || fail "the Secret's key for encryption is empty"
  unlock "$ENCRYPTION_KEY"
fi

# runs rclone and keeps what it says
store() {
  rclone "$@" 2>"$log" || { cat "$log" >&2; return 1; }
}

# the last thing that went wrong, without what differs each time
reason() {
  if grep -q 'bad password' "$log"; then
    echo "a file cannot be decrypted: it was changed, or the key is another one"
  elif grep -q 'api error' "$log"; then
    sed -n 's/.*api error \\(.*\\)/\\1/p' "$log" | tail -n 1
  elif grep -q 'directory not found' "$log"; then
    echo "there is no such bucket or folder, or it may not be seen with these credentials"
  else
    tail -n 1 "$log" | sed 's/^[0-9/]* [0-9:]* *//'
  fi
}

# complete backups, the oldest first: those whose checksums are there, which are sent last
complete() {
  store lsf --recursive --files-only --include '/*Z/SHA256SUMS' "$TO" >"$SCRATCH/found" || return 1
  sed -n 's:^\\([0-9T]*Z\\)/SHA256SUMS$:\\1:p' "$SCRATCH/found" | sort
}
"""
)


def send_script(keep: int, deadline_seconds: int, *, to_disk: bool) -> str:
    """Sends what was dumped, its checksums last: with them it is a backup. Then deletes what is too old."""
    written = "sync\n" if to_disk else ""
    return f"""\
{_COMMON}
if [ -f "$SCRATCH/failed" ]; then
  exit 0
fi
. "$SCRATCH/handed-over"
from=$FOLDER/$backup
store copy --exclude /SHA256SUMS "$from" "$TO$backup" || fail "backup $backup cannot be stored: $(reason)"
{written}store copy --include /SHA256SUMS "$from" "$TO$backup" || fail "backup $backup cannot be stored: $(reason)"
{written}echo "stored $backup"
: >"$SCRATCH/sent"

# From here on the backup is good; what cannot be tidied up is said with it. A backup loses its checksums first, so that
# half of one never counts.
untidy() {{
  echo "; what is too old cannot be deleted: $(reason)" >"$SCRATCH/sent"
  cat "$SCRATCH/sent" >&2
  exit 0
}}
complete >"$SCRATCH/complete" || untidy
sort -r "$SCRATCH/complete" | tail -n +{keep + 1} >"$SCRATCH/old"
while read -r old; do
  store delete --include /SHA256SUMS "$TO$old" && store purge "$TO$old" || untidy
  echo "deleted $old"
done <"$SCRATCH/old"
# what was never complete, and is older than any Job that could still be at it
dead=$(date -u -d "@$(($(date +%s) - {deadline_seconds}))" +%Y%m%dT%H%M%SZ)
store lsf --dirs-only "$TO" >"$SCRATCH/found" || untidy
sed -n 's:^\\([0-9T]*Z\\)/$:\\1:p' "$SCRATCH/found" | while read -r old; do
  if ! grep -qx "$old" "$SCRATCH/complete" && [ "$(printf '%s\\n' "$old" "$dead" | sort | head -n 1)" != "$dead" ]; then
    store purge "$TO$old" || untidy
    echo "deleted $old, which was never complete"
  fi
done
"""


FETCH = f"""\
{_COMMON}
complete >"$SCRATCH/complete" || fail "backups cannot be listed: $(reason)"
backup=${{BACKUP:-$(tail -n 1 "$SCRATCH/complete")}}
[ -n "$backup" ] || {{ backup=none; fail "there is no backup"; }}
grep -qxF "$backup" "$SCRATCH/complete" ||
  fail "BACKUP must be one of $(tr '\\n' ' ' <"$SCRATCH/complete"), got $backup"

sums=$SCRATCH/sums
read_sums() {{
  store cat --include /SHA256SUMS "$TO$backup" >"$sums"
}}
read=no
if read_sums; then
  read=yes
elif [ -n "${{ENCRYPTION_KEY_BEFORE:-}}" ] && grep -q 'bad password' "$log"; then
  # a new key does not read what the one before it wrote
  unlock "$ENCRYPTION_KEY_BEFORE"
  if read_sums; then
    read=yes
  fi
fi
if [ "$read" = no ] && grep -q 'bad password' "$log"; then
  fail "backup $backup cannot be decrypted: the key is not the one that it was encrypted with"
fi
[ "$read" = yes ] || fail "backup $backup cannot be read: $(reason)"
if [ "$(head -c 6 "$sums")" = RCLONE ]; then
  fail "backup $backup is encrypted, and no key is given"
fi
mkdir -p "$FOLDER"
store copy "$TO$backup" "$FOLDER/$backup" || fail "backup $backup cannot be fetched: $(reason)"
hand_over
echo "fetched $backup"
"""
"""Fetches the newest backup, or the one that is asked for, for the container that restores it."""


def environment(to: Bucket | str, encryption: SecretKey | None, namespace: str) -> dict[str, EnvValue]:
    """How rclone reaches the place where backups lie: `TO` and a name are a path of it.

    Its remotes are variables: what is secret in them comes from Secrets, and nothing needs a file.
    """
    env: dict[str, EnvValue] = {
        "RCLONE_CONFIG": "/dev/null",
        "RCLONE_RETRIES": "2",
        "RCLONE_LOW_LEVEL_RETRIES": "3",
        "RCLONE_CONTIMEOUT": "10s",
        "HOME": "/tmp",
    }
    env["TO"] = place = f"{FOLDER}/"
    if isinstance(to, Bucket):
        env["TO"] = place = "store:" + "".join(f"{part}/" for part in (to.name, to.prefix) if part)
        env |= _store(to, namespace)
    if encryption is not None:
        before = SecretKey(encryption.secret, f"{encryption.key}-before", optional=True)
        env |= {
            "TO": "safe:",
            "RCLONE_CONFIG_SAFE_TYPE": "crypt",
            "RCLONE_CONFIG_SAFE_REMOTE": place,
            # names say when a backup was made and of which databases; to see that without the key is worth more
            "RCLONE_CONFIG_SAFE_FILENAME_ENCRYPTION": "off",
            "RCLONE_CONFIG_SAFE_DIRECTORY_NAME_ENCRYPTION": "false",
            "RCLONE_CONFIG_SAFE_SUFFIX": "none",
            "ENCRYPTION_KEY": encryption,
            "ENCRYPTION_KEY_BEFORE": before,
        }
    return env


def _store(bucket: Bucket, namespace: str) -> Mapping[str, EnvValue]:
    url = bucket.url(namespace)
    path_style = url is not None if bucket.path_style is None else bucket.path_style
    remote: dict[str, EnvValue] = {
        "TYPE": "s3",
        "PROVIDER": "Other" if url else "AWS",
        "FORCE_PATH_STYLE": str(path_style).lower(),
        # neither is the bucket made, nor may whether a folder is a file decide what an error is called
        "NO_CHECK_BUCKET": "true",
        "NO_HEAD_OBJECT": "true",
    }
    if url is not None:
        remote["ENDPOINT"] = url
    if bucket.region is not None:
        remote["REGION"] = bucket.region
    if bucket.credentials is None:
        remote["ENV_AUTH"] = "true"
    else:
        remote["ACCESS_KEY_ID"] = bucket.credentials.key("access-key-id")
        remote["SECRET_ACCESS_KEY"] = bucket.credentials.key("secret-access-key")
    return {f"RCLONE_CONFIG_STORE_{name}": value for name, value in remote.items()}
