import type { Logger } from '../logger.ts';

/** Somebody was not let in, or not let do something. */
export interface Refusal {
  /** Id of the error: TOKEN_MISSING, PERMISSION_MISSING, TENANT_RATE_EXCEEDED and so on. */
  readonly id: string;
  /** Undefined where the caller is not known. */
  readonly tenant: string | undefined;
  /** Address of the peer, without its port. */
  readonly peer: string;
  /** What was called. */
  readonly call: string;
}

/** Writes refusals to the log: the first of a kind at once, more of the same once a minute with their count. */
export interface RefusalLog {
  note(refusal: Refusal): void;
}

const INTERVAL_MS = 60_000;
/** Kinds that are told apart; past them the oldest begins anew. */
const MAX_KINDS = 1_000;

/** Creates the log of refusals. @param monotonicMs a clock that never goes back */
export function createRefusalLog(logger: Logger, monotonicMs: () => number = () => performance.now()): RefusalLog {
  const kinds = new Map<string, { loggedMs: number; count: number }>();
  return {
    note(refusal) {
      const key = `${refusal.id} ${refusal.tenant ?? ''} ${refusal.peer} ${refusal.call}`;
      const nowMs = monotonicMs();
      let kind = kinds.get(key);
      if (kind === undefined) {
        if (kinds.size >= MAX_KINDS) kinds.delete(kinds.keys().next().value!);
        kind = { loggedMs: Number.NEGATIVE_INFINITY, count: 0 };
        kinds.set(key, kind);
      }
      kind.count += 1;
      if (nowMs - kind.loggedMs < INTERVAL_MS) return;
      logger.warn({ ...refusal, count: kind.count }, 'Call was refused');
      kind.loggedMs = nowMs;
      kind.count = 0;
    },
  };
}

/** The address of a peer without its port: `::1` of `[::1]:50051`. */
export function peerAddressOf(peer: string): string {
  return peer.replace(/^(?:ipv[46]:)?\[?(.*?)\]?(?::\d+)?$/, '$1');
}
