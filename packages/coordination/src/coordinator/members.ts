import { IsothermError } from '@isotherm/service-kit';

/** A process that registered. */
export interface Member {
  readonly role: 'compute' | 'query';
  readonly name: string;
  readonly instanceId: string;
  /** host:port of hot reads; empty for a query node. */
  readonly address: string;
  readonly controlAddress: string;
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
  /** Drops members that have been silent for longer than this. */
  dropSilent(nowMs: number, afterMs: number): void;
}

/** Creates an empty list. */
export function createMembers(): Members {
  const members = new Map<string, KnownMember>();
  /** Instances that another one of the same name has replaced. They are few: a process registers under one identity. */
  const superseded = new Set<string>();
  return {
    register(member, nowMs) {
      const key = `${member.role}/${member.name}`;
      if (superseded.has(`${key}/${member.instanceId}`)) throw supersededError(member);
      const known = members.get(key);
      const sameRun = known?.instanceId === member.instanceId;
      if (known !== undefined && !sameRun) superseded.add(`${key}/${known.instanceId}`);
      members.set(key, { ...member, registeredMs: sameRun ? known.registeredMs : nowMs, lastSeenMs: nowMs });
    },
    all: () => [...members.values()],
    dropSilent(nowMs, afterMs) {
      for (const [key, { lastSeenMs }] of members) if (nowMs - lastSeenMs > afterMs) members.delete(key);
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
