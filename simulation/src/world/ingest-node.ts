import type { ReplayRow } from '@isotherm/contracts/ingest/v1/replay_service';
import { createIngestEngine, createStreamCalls, type IngestEngine, type StreamCalls } from '@isotherm/ingest/internals';
import type { Log } from '@isotherm/log';
import type { SimulatedProcess } from '../engine/simulated-process.ts';
import type { StreamServer } from '../fakes/network.ts';
import type { World } from './world.ts';

/** An ingest process. */
export interface IngestNode extends StreamServer {
  readonly ready: boolean;
  /** Batches that wait for the log, in bytes. */
  readonly pendingBytes: number;
  /** Appends letters again; resolves when that is durable. Never settles once the process is dead. */
  replay(rows: readonly ReplayRow[]): Promise<unknown>;
  /** Takes nothing more; resolves when everything taken is answered, as when it is asked to stop. */
  drain(): Promise<void>;
}

/** Starts ingest over a log, in a process. */
export function startIngestNode(world: World, process: SimulatedProcess, log: Log): IngestNode {
  const { logger } = world.recorder;
  let streams: StreamCalls | undefined;
  let engine: IngestEngine | undefined;
  try {
    const started = createIngestEngine(
      { log, logger, runtime: process, onFenced: () => process.kill() },
      { settings: { allowedLatenessMs: world.layout.allowedLatenessMs } },
    );
    streams = createStreamCalls(started.context);
    engine = started;
    started.ready();
  } catch (error) {
    world.violations.note('ingest starts over a log made with its settings', String(error));
  }
  return {
    process,
    get ready() {
      return process.alive && streams !== undefined;
    },
    get pendingBytes() {
      if (engine === undefined) return 0;
      return engine.context.pipeline.pendingBytes + engine.context.replays.pendingBytes;
    },
    replay(rows) {
      if (engine === undefined) return Promise.reject(new Error('Ingest is not ready'));
      return engine.context.replays.append(rows, '');
    },
    async drain() {
      const settled = engine?.drain();
      streams?.drain();
      await settled;
    },
    handle(call) {
      if (streams === undefined) call.emit('error', { code: 14, details: 'not ready', message: 'not ready' });
      else streams.handle(call);
    },
  };
}
