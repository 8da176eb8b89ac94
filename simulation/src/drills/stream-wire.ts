import { EventEmitter } from 'node:events';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import type { IngestChannel } from '@isotherm/client/internals';
import type { Status } from '@isotherm/contracts/google/rpc/status';
import {
  BatchAckSchema,
  type IngestStreamRequest,
  IngestStreamRequestSchema,
  IngestStreamResponseSchema,
} from '@isotherm/contracts/ingest/v1/ingest_service';
import type { Scheduler } from '../engine/scheduler.ts';

/** How a connection ends: the status of gRPC. */
export interface CallEnd {
  readonly code: number;
  readonly details: string;
  readonly metadata?: unknown;
}

/** What a platform says to a batch. */
export type Word = { readonly ack: { readonly accepted: number } } | { readonly error: Status } | 'nothing';

/** Time between giving up a call and hearing that it is over. */
export const CANCEL_MS = 1;
/** The address that errors name. */
export const TARGET = 'http://scripted';

/** One connection, as grpc-js behaves: an error comes before its status, and nothing after. */
export interface ScriptedCall {
  /** Sequences that came and have no answer yet. */
  readonly unanswered: number[];
  /** The socket has room for so many messages more; at 0 it says that it is full. */
  hasRoomFor(messages: number): void;
  answer(sequence: number, word: Word): void;
  /** Sends bytes that are no answer. */
  babble(bytes: Uint8Array): void;
  end(status: CallEnd): void;
  /** A second word of its end, long after. */
  endAgain(status: CallEnd): void;
}

/** The way of a producer to a platform that does what a script says, and notes in lines what it is sent. */
export interface ScriptedWire {
  readonly channel: IngestChannel;
  /** What the producer did, in its order. */
  readonly lines: string[];
  /** Connections asked for and neither given nor refused. */
  readonly asked: number;
  /** Gives a connection to who waits longest. */
  accept(room: number): ScriptedCall;
  /** The connection cannot be asked for: there is no token. */
  refuse(cause: unknown): void;
}

/** Nothing is asked for yet. */
export function createScriptedWire(scheduler: Scheduler): ScriptedWire {
  const lines: string[] = [];
  const asked: { readonly give: (call: never) => void; readonly refuse: (cause: unknown) => void }[] = [];
  let calls = 0;

  function accept(messages: number): ScriptedCall {
    calls += 1;
    const number = calls;
    const events = new EventEmitter();
    const names = createNames();
    const unanswered: number[] = [];
    let room = messages;
    let over = false;
    const say = (what: string) => lines.push(`${number} ${over ? 'after its end: ' : ''}${what}`);
    const fail = (status: CallEnd) => events.emit('error', Object.assign(new Error(status.details), status));
    const end = (status: CallEnd) => {
      if (over) return;
      over = true;
      if (status.code !== 0) fail(status);
      events.emit('status', status);
    };
    const call = Object.assign(events, {
      write(bytes: Uint8Array) {
        const { message } = fromBinary(IngestStreamRequestSchema, bytes);
        if (message.case === 'batch') unanswered.push(Number(message.value.sequence));
        say(names.lineOf(message));
        room -= 1;
        return room > 0;
      },
      end: () => say('end'),
      cancel() {
        say('cancel');
        scheduler.after(CANCEL_MS, () => end({ code: 1, details: 'Cancelled on client' }));
      },
    });
    asked.shift()!.give(call as never);
    return {
      unanswered,
      hasRoomFor(more) {
        room = more;
        events.emit('drain');
      },
      answer(sequence, word) {
        const at = unanswered.indexOf(sequence);
        if (at >= 0) unanswered.splice(at, 1);
        events.emit('data', encodeAnswer(sequence, word));
      },
      babble: (bytes) => events.emit('data', bytes),
      end,
      endAgain: fail,
    };
  }

  return {
    lines,
    get asked() {
      return asked.length;
    },
    channel: {
      target: TARGET,
      ingest: () => Promise.reject(new Error('Streams are drilled')),
      openStream() {
        lines.push('connect');
        return new Promise((give, refuse) => asked.push({ give, refuse }));
      },
      close: () => undefined,
    },
    accept,
    refuse: (cause) => asked.shift()!.refuse(cause),
  };
}

function encodeAnswer(sequence: number, word: Word): Uint8Array {
  const message = create(IngestStreamResponseSchema, { sequence: BigInt(sequence) });
  if (word !== 'nothing') {
    message.result =
      'ack' in word ? { case: 'ack', value: create(BatchAckSchema, word.ack) } : { case: 'error', value: word.error };
  }
  return toBinary(IngestStreamResponseSchema, message);
}

/** Reads rows by the names that a connection was told: each must be told once, before its first use. */
function createNames() {
  const cities: string[] = [];
  const sensors: string[] = [];
  const learn = (known: string[], names: readonly string[]) => {
    for (const name of names) known.push(known.includes(name) ? `${name} told again` : name);
  };
  return {
    lineOf(message: IngestStreamRequest['message']): string {
      if (message.case === 'start') {
        const { producerId, session, returnTokens } = message.value;
        return `start ${producerId}/${session}/${returnTokens}`;
      }
      if (message.case !== 'batch') return 'nothing';
      const { sequence, createdUnixMs, columns } = message.value;
      learn(cities, columns?.cities ?? []);
      learn(sensors, columns?.sensors ?? []);
      const rows = columns?.cityIndex.map((city, row) => {
        const sensor = columns.sensorIndex[row] ?? 0;
        const atMs = Number(columns.baseUnixMs) + (columns.observedOffsetMs[row] ?? 0);
        const hundredths = columns.temperatureCelsius?.unscaled[row];
        return rowLine({ city: cities[city], sensor: sensor === 0 ? '' : sensors[sensor - 1], atMs, hundredths });
      });
      return `batch ${sequence} of ${createdUnixMs}: ${rows?.join(' ')}`;
    },
  };
}

/** A row as lines have it. */
export function rowLine(row: {
  readonly city: string | undefined;
  readonly sensor: string | undefined;
  readonly atMs: number;
  readonly hundredths: number | undefined;
}): string {
  return `${row.city}/${row.sensor}@${row.atMs}=${row.hundredths}`;
}
