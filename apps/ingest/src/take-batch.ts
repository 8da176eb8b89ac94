import type { Observation } from '@isotherm/contracts/ingest/v1/observation';
import { columnsOfRows } from '@isotherm/observation-wire';
import { appendFailed } from './ingest-errors.ts';
import { type CallContext, openDictionaries } from './rpc/call-context.ts';

/** A batch of this process. */
export interface OwnBatch {
  readonly tenant: string;
  readonly producerId: string;
  readonly session: bigint;
  /** From 1. */
  readonly sequence: number;
  readonly observations: readonly Observation[];
}

/**
 * Takes batches of this process as calls bring them: the same validation, the same way into the log. Resolves when the
 * batch is durable. @throws IsothermError where it is refused, or not kept as a whole
 */
export function createTake(context: CallContext): (batch: OwnBatch) => Promise<void> {
  return ({ observations, ...identity }) =>
    new Promise((resolve, reject) => {
      const columns = columnsOfRows(observations);
      const dictionaries = openDictionaries(context);
      dictionaries.cities.append(columns.cities);
      dictionaries.sensors.append(columns.sensors);
      context.pipeline.submit({
        identity: { ...identity, createdUnixMs: context.runtime.now() },
        parts: [{ columns, ...dictionaries, rowAt: (row) => observations[row]! }],
        settle: (result) => (result.kind === 'kept' ? resolve() : reject(appendFailed(result.error))),
      });
    });
}
