/** The variable that marks what a job begins inside a replica, and all that comes of it: by no other name can it be found again. */
export const execMark = 'STEVEDORE_EXEC'

/** What a command with a terminal takes it for. */
export const terminalType = 'xterm-256color'

/** Between being asked to end and being ended. */
const execStopSeconds = 5

/**
 * Ends the processes that have the mark, its first argument `NAME=VALUE`: asks them, and ends those that are there after as many seconds as the second
 * one says. It exits with 0 when none is left. Needs `sh`, `tr`, `grep` and `sleep` in the image, and sees processes of its own user alone.
 */
const endScript = `marked() {
  for e in /proc/[0-9]*/environ; do
    if { tr '\\0' '\\n' <"$e"; } 2>/dev/null | grep -qxF "$mark"; then p=\${e#/proc/}; echo "\${p%/environ}"; fi
  done
}
mark=$1; left=$2
for program in tr grep sleep; do command -v $program >/dev/null || { echo "the image has no $program" >&2; exit 3; }; done
all=$(marked); [ -n "$all" ] || exit 0
kill -TERM $all 2>/dev/null
while [ "$left" -gt 0 ]; do
  sleep 1; left=$((left - 1))
  all=$(marked); [ -n "$all" ] || exit 0
done
kill -KILL $all 2>/dev/null
sleep 1; all=$(marked); [ -z "$all" ] || { echo "these do not end: $all" >&2; exit 4; }
`

/** The words that end what a job has begun inside a replica. */
export function writeExecEnd(jobId: string): string[] {
  return ['sh', '-c', endScript, 'end-exec', `${execMark}=${jobId}`, String(execStopSeconds)]
}
