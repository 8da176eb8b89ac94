import { IsothermError } from '@isotherm/service-kit';

/** A process that registered. */
export interface Member {
  readonly role: 'compute' | 'query';
  readonly name: string;
  readonly instanceId: string;
  /** host:port of hot reads; empty for a query node. */
  readonly address: string;
  /** host:port of control calls; empty where there are none. */
  readonly controlAddress: string;
  /** It is about to end: it gives its partitions away, and nobody waits for it once it is silent. */
  readonly leaving: boolean;
}

/** A member and when it was heard last. */
export interface KnownMember extends Member {
  /** ms on the clock of the calls. */
  readonly registeredMs: number;
  readonly lastSeenMs: number;
}

/** Who takes part. */
export interface Members {
  /** @throws SUPERSEDED if another process of the same name registered after this one first did. */
  register(member: Member, nowMs: number): void;
  all(): readonly KnownMember[];
  /** Whether the shard of this name is about to end. */
  isLeaving(shard: string): boolean;
  /** Drops shards that have been silent for longer than this, and query nodes sooner. */
  dropSilent(nowMs: number, afterMs: number): void;
}

/** A query node that does not register for so long has ended: it holds nothing that others could wait for. */
const QUERY_KEPT_MS = 10_000;

/** Creates an empty list. */
export function createMembers(): Members {
  const members = new Map<string, KnownMember>();
  /** Instances that another one of the same name has replaced. They are few: a process registers under one identity. */
  const superseded = new Set<string>();
  return {
    register(member, nowMs) {
      // Query nodes are all alike: two of one name do not stand in each other's way.
      const key = member.role === 'query' ? `query/${member.instanceId}` : `compute/${member.name}`;
      if (superseded.has(`${key}/${member.instanceId}`)) throw supersededError(member);
      const known = members.get(key);
      const sameRun = known?.instanceId === member.instanceId;
      if (known !== undefined && !sameRun) superseded.add(`${key}/${known.instanceId}`);
      members.set(key, { ...member, registeredMs: sameRun ? known.registeredMs : nowMs, lastSeenMs: nowMs });
    },
    all: () => [...members.values()],
    isLeaving: (shard) => members.get(`compute/${shard}`)?.leaving === true,
    dropSilent(nowMs, afterMs) {
      for (const [key, { role, lastSeenMs }] of members) {
        if (nowMs - lastSeenMs > (role === 'query' ? QUERY_KEPT_MS : afterMs)) members.delete(key);
      }
    },
  };
}

function supersededError({ role, name }: Member): IsothermError {
  return new IsothermError({
    code: 'FAILED_PRECONDITION',
    id: 'SUPERSEDED',
    message: `Another ${role} process named ${name} registered after this one.`,
    advice: 'Give every process a name of its own, and end this one.',
    metadata: { name },
  });
}
