import { flushCompileCache } from 'node:module';
import { asIsothermError, messageOf } from '@isotherm/service-kit';
import { type DeathNotice, startDeathNotice } from './death-notice.ts';
import { keepFatalSignalsFatal } from './fatal-signals.ts';

/** How long stopping may take before the process ends regardless. */
const STOP_LIMIT_MS = 4800;

/** How this process ends: it says why first, and no thread and no engine can hold it up. */
export interface ProcessEnd {
  /** Whether something failed: then the exit code is 1. */
  readonly failed: boolean;
  /** From now on a crash ends the process at once, and another process says so. */
  watch(dataDirectory: string): void;
  /** Says why, once and before anything is closed; the process ends within the limit. */
  fail(error: unknown): void;
  /** The process ends within the limit; `late` is called if it then still had work and nothing failed. */
  limit(late: () => void): void;
  /** Ends the process now. */
  leave(): never;
}

/** Creates the end of a process. @param options.stopLimitMs how long stopping may take, default 4,800 */
export function createProcessEnd({ stopLimitMs = STOP_LIMIT_MS } = {}): ProcessEnd {
  let failed = false;
  let notice: DeathNotice | undefined;
  let limited = false;

  function limit(late: () => void): void {
    if (limited) return;
    limited = true;
    setTimeout(() => {
      if (!failed) late();
      leave();
    }, stopLimitMs).unref();
  }

  function leave(): never {
    notice?.cancel();
    return leaveAtOnce(failed ? 1 : 0);
  }

  return {
    get failed() {
      return failed;
    },
    watch(dataDirectory) {
      keepFatalSignalsFatal();
      notice = startDeathNotice(dataDirectory);
    },
    fail(error) {
      if (!failed) sayWhy(error instanceof Error ? error : new Error(String(error)));
      failed = true;
      limit(() => undefined);
    },
    limit,
    leave,
  };
}

function sayWhy(failure: Error): void {
  const known = asIsothermError(failure);
  process.stderr.write(`isotherm: ${known.id === 'INTERNAL' ? failure.message : messageOf(known)}\n`);
  // What nobody foresaw is said whole: there may be no other place that has it.
  if (known.id === 'INTERNAL' && failure.cause !== undefined) process.stderr.write(`caused by: ${failure.cause}\n`);
}

/**
 * Ends the process without waiting for its threads. `process.exit` would tear them down, and the ClickHouse engine
 * aborts the process when that meets a statement under way; becoming another program is as sudden as a kill, which
 * log and checkpoints are made for, and lets the exit code be ours.
 */
function leaveAtOnce(code: number): never {
  process.removeAllListeners('warning');
  // What an orderly exit would have done.
  flushCompileCache();
  const node = process.execPath;
  process.execve?.(node, [node, '-e', `process.exit(${code})`], process.env);
  return process.exit(code);
}
