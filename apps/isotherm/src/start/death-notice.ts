import { spawn } from 'node:child_process';

/** A small process beside this one that says why this one is gone, if it could not say so itself. */
export interface DeathNotice {
  /** This process ends in order, or has said why it ends: nothing is to be added. */
  cancel(): void;
}

/**
 * Waits until the other end of its standard input closes, which is when the process has ended. An end in order or by an
 * exception cancels it, so what is left is a signal. Which one is in the wait status, the 52nd field of /proc/PID/stat
 * (proc(5)), unless the parent collects that first.
 */
const SCRIPT = `
trap '' INT TERM HUP QUIT TSTP
while read -r _; do :; done
stat=
{ read -r stat </proc/$1/stat; } 2>/dev/null
directory=$2
set -- \${stat##*) }
[ $# -ge 50 ] && shift 49 && [ "$1" -gt 0 ] && signal=$(kill -l $(($1 & 127)) 2>/dev/null)
kept="Everything acked is kept in $directory; the next start goes on from it."
case "$signal" in
KILL) why="The process was killed by SIGKILL: by somebody, or by the system because memory ran out." ;;
*) why="The process was ended by \${signal:+SIG}\${signal:-a signal}: killed, or a fault of native code (the log's LMDB or the ClickHouse engine), which the lines above may tell. Look at the disks below $directory: a full or broken one can be the cause." ;;
esac
echo "isotherm: $why $kept" >&2
`;

/** Starts the process that watches this one. It costs a shell that sleeps, and writes to this process's standard error. */
export function startDeathNotice(dataDirectory: string): DeathNotice {
  const child = spawn('/bin/sh', ['-c', SCRIPT, 'isotherm-death-notice', String(process.pid), dataDirectory], {
    stdio: ['pipe', 'ignore', 'inherit'],
    // Ctrl-C is for the platform alone.
    detached: true,
  });
  child.on('error', () => undefined);
  child.stdin.on('error', () => undefined);
  child.unref();
  (child.stdin as { unref?(): void }).unref?.();
  const cancel = () => void child.kill('SIGKILL');
  process.on('exit', cancel);
  return { cancel };
}
