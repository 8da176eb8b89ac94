import { EventEmitter } from 'node:events';
import { type ClientDuplexStream, Metadata, type ServerDuplexStream } from '@grpc/grpc-js';
import type { IngestChannel } from '@isotherm/client/internals';
import type { Faults } from '../engine/faults.ts';
import type { Scheduler } from '../engine/scheduler.ts';
import type { SimulatedProcess } from '../engine/simulated-process.ts';

/** Somebody who answers streams. */
export interface StreamServer {
  readonly process: SimulatedProcess;
  handle(call: ServerDuplexStream<Buffer, Buffer>): void;
}

/** Connections between producers and ingest. */
export interface Network {
  /** A producer's way to whichever ingest is asked for at the moment of connecting. */
  channel(producer: SimulatedProcess, target: () => StreamServer | undefined): IngestChannel;
  /** Nothing of this producer gets through for a while. */
  cut(producer: SimulatedProcess, forMs: number): void;
}

/** gRPC's codes. */
const UNAVAILABLE = 14;

/**
 * A network of TCP connections with gRPC streams on them: messages of a connection arrive in order or not at all. When
 * it breaks, each end learns of it in its own time, and what was on its way may still arrive: that is how batch 6 lands
 * before batch 5, which the producer sends again over a new connection.
 */
export function createNetwork(deps: { readonly scheduler: Scheduler; readonly faults: Faults }): Network {
  const { scheduler, faults } = deps;
  const { prng } = faults;
  const cutUntilMs = new Map<string, number>();
  const isCut = (producer: SimulatedProcess) => (cutUntilMs.get(producer.name) ?? 0) > scheduler.nowMs;

  function connect(
    producer: SimulatedProcess,
    server: StreamServer | undefined,
  ): ClientDuplexStream<Uint8Array, Uint8Array> {
    const near = new EventEmitter();
    const far = new EventEmitter();
    let broken = false;
    let farClosed = false;
    let cancelled = false;
    let gap = false;
    let handled = false;
    let paused = false;
    const arrived: Buffer[] = [];
    let lastThereMs = 0;
    let lastBackMs = 0;

    /** As grpc-js tells a status that is not OK: by both events, the error first. */
    function failNear(error: { readonly message: string }): void {
      near.emit('error', Object.assign(new Error(error.message), error));
      near.emit('status', error);
    }

    /** Both ends learn that the connection is gone, each in its time. */
    function breakUp(): void {
      if (broken) return;
      broken = true;
      const error = { code: UNAVAILABLE, details: 'Connection dropped', message: 'Connection dropped' };
      producer.after(prng.float() * 50, () => failNear(error));
      server?.process.after(prng.float() * (prng.chance(0.5) ? 30_000 : 50), closeFar);
    }

    function closeFar(): void {
      if (farClosed) return;
      farClosed = true;
      far.emit('cancelled', 'cancelled');
      far.emit('close');
    }

    /** Hands the server what has arrived, in order, while it reads. */
    function deliver(): void {
      while (handled && !paused && !farClosed && arrived.length > 0) far.emit('data', arrived.shift());
    }

    function arrive(bytes: Buffer): void {
      arrived.push(bytes);
      server?.process.after(0, deliver);
    }

    /** Sends to the server, in order. What is on its way when the connection breaks arrives late, or never. */
    function send(bytes: Uint8Array): void {
      const copy = Buffer.from(bytes);
      lastThereMs = Math.max(lastThereMs + 0.01, scheduler.nowMs + prng.float() * 5);
      const onArrival = () => {
        if (!broken && !isCut(producer)) arrive(copy);
        else {
          breakUp();
          // A connection delivers its beginning, never what comes after a gap.
          gap ||= !faults.strike('arrivesLate');
          if (gap) return;
          lastThereMs = Math.max(lastThereMs + 0.01, scheduler.nowMs + prng.float() * 30_000);
          scheduler.after(lastThereMs - scheduler.nowMs, () => arrive(copy));
        }
      };
      scheduler.after(lastThereMs - scheduler.nowMs, onArrival);
      if (faults.strike('connectionBreaks')) scheduler.after(prng.float() * 20, breakUp);
    }

    /** Brings something to the producer, in order. */
    function bring(event: () => void): void {
      lastBackMs = Math.max(lastBackMs + 0.01, scheduler.nowMs + prng.float() * 5);
      scheduler.after(lastBackMs - scheduler.nowMs, () => {
        if (broken || cancelled || isCut(producer)) return breakUp();
        producer.after(0, event);
      });
    }

    const nearCall = Object.assign(near, {
      write(bytes: Uint8Array) {
        send(bytes);
        if (!faults.strike('socketFull')) return true;
        producer.after(prng.float() * 500, () => near.emit('drain'));
        return false;
      },
      end() {
        scheduler.after(Math.max(0, lastThereMs - scheduler.nowMs) + 1, () =>
          server?.process.after(0, () => far.emit('end')),
        );
      },
      cancel() {
        cancelled = true;
        server?.process.after(prng.float() * 5, closeFar);
      },
    });
    const farCall = Object.assign(far, {
      metadata: new Metadata(),
      cancelled: false,
      getPeer: () => producer.name,
      write(bytes: Uint8Array) {
        const copy = bytes.slice();
        bring(() => near.emit('data', copy));
        if (faults.strike('connectionBreaks')) scheduler.after(prng.float() * 20, breakUp);
        return true;
      },
      end() {
        bring(() => near.emit('status', { code: 0, details: '', metadata: new Metadata() }));
      },
      pause() {
        paused = true;
      },
      resume() {
        paused = false;
        server?.process.after(0, deliver);
      },
      isPaused: () => paused,
    });
    // A server answers with an error by emitting it; the client sees it as its stream's.
    far.on('error', (error: object) => bring(() => failNear({ message: 'refused', ...error })));
    near.on('error', () => undefined);

    if (server === undefined || !server.process.alive || isCut(producer)) breakUp();
    else {
      server.process.onKill(breakUp);
      server.process.after(prng.float() * 5, () => {
        server.handle(farCall as unknown as ServerDuplexStream<Buffer, Buffer>);
        handled = true;
        deliver();
      });
      producer.onKill(() => {
        cancelled = true;
        server.process.after(prng.float() * 200, closeFar);
      });
    }
    return nearCall as unknown as ClientDuplexStream<Uint8Array, Uint8Array>;
  }

  return {
    channel: (producer, target) => ({
      target: 'simulated',
      ingest: () => Promise.reject(new Error('Producers of the simulation send streams')),
      openStream: async () => connect(producer, target()),
      close: () => undefined,
    }),
    cut(producer, forMs) {
      cutUntilMs.set(producer.name, scheduler.nowMs + forMs);
    },
  };
}
