import { openControlSocket } from '../control/control-socket.ts';
import { controlSocketPath } from '../control/control-socket-path.ts';
import type { PartKind, PartReport } from '../control/part-report.ts';
import { takeLedger } from '../control/take-ledger.ts';
import type { PartLife, SupervisedPart } from '../threads/supervise-part.ts';
import type { PlatformContext } from './platform-context.ts';
import type { AnalyticsPart, IngestThread, ShardThread } from './start-storage.ts';

/** The platform's parts. */
export interface ControlledParts {
  readonly ingest: IngestThread;
  readonly analytics: AnalyticsPart;
  readonly shards: readonly ShardThread[];
}

/** Opens the control socket in the data directory: what parts there are, and, with `--chaos`, how to kill them. */
export async function startControl(context: PlatformContext, parts: ControlledParts): Promise<void> {
  const { options, directory, logger, closers } = context;
  const { ingest, analytics, shards } = parts;
  const cities = new Map<string, number>();
  const entries: readonly (readonly [PartKind, SupervisedPart<PartLife>])[] = [
    ...shards.map(({ part }) => ['compute', part] as const),
    ['ingest', ingest.part],
    ['analytics', analytics.part],
  ];
  const report = (kind: PartKind, part: SupervisedPart<PartLife>): PartReport => ({
    name: part.name,
    kind,
    state: part.state,
    restarts: part.restarts,
    outage: part.outage ?? null,
    cities: cities.get(part.name) ?? 0,
  });
  const socket = await openControlSocket({
    path: controlSocketPath(directory.root),
    chaos: options.chaos,
    logger,
    parts() {
      for (const shard of shards) {
        // For the next time: what a shard answers for is asked while it can say so.
        void shard.call('pulse', undefined).then(
          (pulse) => cities.set(shard.name, pulse.cities),
          () => undefined,
        );
      }
      return entries.map(([kind, part]) => report(kind, part));
    },
    ledger: () => takeLedger(ingest, shards),
    kill: (name) => entries.find(([, part]) => part.name === name)?.[1].kill() ?? false,
  });
  closers.push(() => socket.close());
}
