import { createStreamCalls, type StreamCalls, startIngestEngine } from '@isotherm/ingest/internals';
import type { Log } from '@isotherm/log';
import type { SimulatedProcess } from '../engine/simulated-process.ts';
import type { StreamServer } from '../fakes/network.ts';
import type { World } from './world.ts';

/** An ingest process; it takes streams once its log has answered. */
export interface IngestNode extends StreamServer {
  readonly ready: boolean;
  /** Batches that wait for the log, in bytes. */
  readonly pendingBytes: number;
}

/** Starts ingest over a log, in a process. */
export function startIngestNode(world: World, process: SimulatedProcess, log: Log): IngestNode {
  const { logger } = world.heard;
  let streams: StreamCalls | undefined;
  let pendingBytes = () => 0;
  startIngestEngine(
    { log, logger, runtime: process, onFenced: () => process.kill() },
    { settings: { allowedLatenessMs: world.layout.allowedLatenessMs } },
  ).then(
    (engine) => {
      streams = createStreamCalls(engine.context);
      pendingBytes = () => engine.context.pipeline.pendingBytes;
      engine.ready();
    },
    (error: unknown) => {
      logger.warn({ err: error }, 'simulation: ingest could not start');
      process.kill();
    },
  );
  return {
    process,
    get ready() {
      return process.alive && streams !== undefined;
    },
    get pendingBytes() {
      return pendingBytes();
    },
    handle(call) {
      if (streams === undefined) call.emit('error', { code: 14, details: 'not ready', message: 'not ready' });
      else streams.handle(call);
    },
  };
}
