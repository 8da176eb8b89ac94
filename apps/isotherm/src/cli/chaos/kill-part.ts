import { setTimeout as sleep } from 'node:timers/promises';
import type { PartReport } from '../../control/part-report.ts';
import { CliError } from '../cli-error.ts';
import type { ControlClient } from './control-client.ts';

/** A kill and what came of it. */
export interface KillOutcome {
  readonly part: string;
  readonly kind: string;
  readonly killedAt: Date;
  /** Cities that were away meanwhile. */
  readonly cities: number;
  /** From the kill until the part worked again. */
  readonly awaySeconds: number;
}

/** What is told while a part is away. */
export type KillProgress = (part: PartReport, awaySeconds: number) => void;

const LOOK_MS = 20;
const BACK_LIMIT_MS = 120_000;

/** Kills a part and waits until it is back. @throws CliError if it does not come back within two minutes */
export async function killPart(client: ControlClient, name: string, progress: KillProgress): Promise<KillOutcome> {
  const { parts } = await client.kill(name);
  const killed = partOf(parts, name);
  const killedMs = killed.outage?.sinceMs ?? Date.now();
  for (;;) {
    const part = partOf((await client.parts()).parts, name);
    if (part.state === 'up' && part.restarts > killed.restarts && part.outage?.untilMs) {
      return {
        part: name,
        kind: part.kind,
        killedAt: new Date(killedMs),
        cities: killed.cities,
        awaySeconds: (part.outage.untilMs - killedMs) / 1000,
      };
    }
    const awayMs = Date.now() - killedMs;
    if (part.state === 'gone') throw new CliError(`${name} did not come back; the platform's log says why.`);
    if (awayMs > BACK_LIMIT_MS) throw new CliError(`${name} is still away after ${BACK_LIMIT_MS / 1000} s.`);
    progress(part, awayMs / 1000);
    await sleep(LOOK_MS);
  }
}

function partOf(parts: readonly PartReport[], name: string): PartReport {
  const part = parts.find((each) => each.name === name);
  if (part === undefined) throw new CliError(`The platform has no part ${name} any more.`);
  return part;
}
