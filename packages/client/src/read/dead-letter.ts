import {
  DeadLetterReason,
  type DeadLetterId as IdMessage,
  type DeadLetter as LetterMessage,
  DeadLetterState as StateMessage,
} from '@isotherm/contracts/deadletter/v1/dead_letter_service';
import { dateOf } from './instants.ts';

/** Why an observation does not count: the names of `isotherm.deadletter.v1.DeadLetterReason`. */
export type DeadLetterReasonName = keyof typeof DeadLetterReason;

/** Where a dead letter is on its way: WAITING for the platform to retry it, PARKED until somebody does, REPLAYED: it counts. */
export type DeadLetterState = 'WAITING' | 'PARKED' | 'REPLAYED';

/** The place of the observation in the log. People write it `partition/offset/row`, see {@link deadLetterIdText}. */
export interface DeadLetterId {
  readonly partition: number;
  readonly offset: bigint;
  readonly row: number;
}

/** An observation that was not counted when it arrived. */
export interface DeadLetter {
  readonly id: DeadLetterId;
  readonly state: DeadLetterState;
  /** Why it did not count when it arrived. */
  readonly reason: DeadLetterReasonName;
  /** The rule it broke and the remedy, in one sentence. */
  readonly message: string;
  /** Empty where it is not known. */
  readonly cityId: string;
  /** The tenant that sent it; empty where its record was damaged. */
  readonly tenant: string;
  /** Empty where it was not said. */
  readonly producerId: string;
  readonly observeTime: Date | undefined;
  readonly firstSeenTime: Date;
  /** Replays so far. */
  readonly attempts: number;
  /** When the platform replays it; undefined unless it waits. */
  readonly nextAttemptTime: Date | undefined;
  /** What it says; undefined where its record was damaged. */
  readonly observation: DeadLetterObservation | undefined;
  /** What was wrong on arrival and at the last three replays that failed, oldest first. */
  readonly causes: readonly DeadLetterCause[];
}

/** What a letter says, in °C, % and m/s. Undefined: not measured. */
export interface DeadLetterObservation {
  readonly sensorId: string;
  readonly temperatureCelsius: number | undefined;
  readonly relativeHumidityPercent: number | undefined;
  readonly windSpeedMps: number | undefined;
}

/** What was wrong once. */
export interface DeadLetterCause {
  readonly reason: DeadLetterReasonName;
  readonly message: string;
  /** Offset of the record that found it out. */
  readonly atOffset: bigint;
}

/** An id as people write it: `12/3408/7`. */
export function deadLetterIdText({ partition, offset, row }: DeadLetterId): string {
  return `${partition}/${offset}/${row}`;
}

/** The id that a text means; undefined if it means none. */
export function parseDeadLetterId(text: string): DeadLetterId | undefined {
  const [, partition, offset, row] = /^(\d{1,9})\/(\d{1,15})\/(\d{1,9})$/.exec(text) ?? [];
  if (partition === undefined || offset === undefined || row === undefined) return undefined;
  return { partition: Number(partition), offset: BigInt(offset), row: Number(row) };
}

/** A letter of the wire. */
export function letterOf(message: LetterMessage): DeadLetter {
  const { observation } = message;
  return {
    id: letterIdOf(message.id),
    state: stateName(message.state),
    reason: reasonName(message.reason),
    message: message.message,
    cityId: message.cityId,
    tenant: message.tenant,
    producerId: message.producerId,
    observeTime: message.observeTime && dateOf(message.observeTime),
    firstSeenTime: dateOf(message.firstSeenTime),
    attempts: message.attempts,
    nextAttemptTime: message.nextAttemptTime && dateOf(message.nextAttemptTime),
    observation: observation && {
      sensorId: observation.sensorId,
      temperatureCelsius: observation.temperatureCelsius,
      relativeHumidityPercent: observation.relativeHumidityPercent,
      windSpeedMps: observation.windSpeedMps,
    },
    causes: message.causes.map((cause) => ({
      reason: reasonName(cause.reason),
      message: cause.message,
      atOffset: cause.atOffset,
    })),
  };
}

/** An id of the wire. */
export function letterIdOf(message: IdMessage | undefined): DeadLetterId {
  return { partition: message?.partition ?? 0, offset: message?.offset ?? 0n, row: message?.row ?? 0 };
}

/** A state of the wire. */
export function stateName(state: StateMessage): DeadLetterState {
  return (StateMessage[state] ?? 'PARKED') as DeadLetterState;
}

/** A reason of the wire. */
export function reasonName(reason: DeadLetterReason): DeadLetterReasonName {
  return (DeadLetterReason[reason] ?? 'UNSPECIFIED') as DeadLetterReasonName;
}
