import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer, RawSender } from './raw-sender.ts';

/** What came of one second, or of a whole phase. */
export interface LoadTally {
  /** Observations that were due by the clock. */
  offered: number;
  /** Of these, held back by flow control: never sent. */
  heldBack: number;
  acked: number;
  /** Refused messages by id of the error. */
  readonly refusals: Map<string, number>;
  readonly ackMs: number[];
}

/** A phase of load. */
export interface LoadPhase {
  readonly seconds: number;
  readonly total: LoadTally;
  readonly bySecond: readonly LoadTally[];
}

/** How often an open loop looks what is due. */
const BEAT_MS = 5;

/** Keeps so many messages of each stream unanswered: as fast as acks come. */
export function closedLoop(sender: RawSender, seconds: number, perStream: number): Promise<LoadPhase> {
  return runPhase(sender, seconds, {
    begin(tally) {
      for (const stream of sender.streams) {
        for (let count = stream.unanswered; count < perStream; count++) {
          tally().offered += stream.rows;
          stream.send();
        }
      }
    },
    answered({ stream }, tally) {
      tally().offered += stream.rows;
      stream.send();
    },
    beat: () => undefined,
  });
}

/** Sends what is due by the clock, whatever answers say; what flow control holds up is given up at once. */
export function openLoop(sender: RawSender, seconds: number, perSecond: number): Promise<LoadPhase> {
  const beganMs = performance.now();
  let due = 0;
  let next = 0;
  return runPhase(sender, seconds, {
    begin: () => undefined,
    answered: () => undefined,
    beat(tally) {
      const wanted = ((performance.now() - beganMs) / 1000) * perSecond;
      while (due < wanted) {
        const stream = sender.streams[next++ % sender.streams.length];
        if (stream === undefined) throw new Error('there is no stream');
        due += stream.rows;
        tally().offered += stream.rows;
        if (stream.writable) stream.send();
        else tally().heldBack += stream.rows;
      }
    },
  });
}

interface Loop {
  begin(tally: () => LoadTally): void;
  answered(answer: Answer, tally: () => LoadTally): void;
  beat(tally: () => LoadTally): void;
}

async function runPhase(sender: RawSender, seconds: number, loop: Loop): Promise<LoadPhase> {
  const bySecond = Array.from({ length: seconds }, newTally);
  const total = newTally();
  const beganMs = performance.now();
  const secondNow = () => Math.min(seconds - 1, Math.floor((performance.now() - beganMs) / 1000));
  const tally = () => bySecond[secondNow()] ?? total;
  let over = false;
  sender.onAnswer = (answer) => {
    const second = tally();
    if (answer.refusedAs !== undefined) {
      second.refusals.set(answer.refusedAs, (second.refusals.get(answer.refusedAs) ?? 0) + 1);
    } else {
      second.acked += answer.rows;
      second.ackMs.push(answer.afterMs);
    }
    if (!over) loop.answered(answer, tally);
  };
  loop.begin(tally);
  while (performance.now() - beganMs < seconds * 1000) {
    loop.beat(tally);
    await sleep(BEAT_MS);
  }
  over = true;
  const elapsedSeconds = (performance.now() - beganMs) / 1000;
  // Answers that come later belong to no phase.
  sender.onAnswer = () => undefined;
  for (const second of bySecond) addTally(total, second);
  return { seconds: elapsedSeconds, total, bySecond };
}

function newTally(): LoadTally {
  return { offered: 0, heldBack: 0, acked: 0, refusals: new Map(), ackMs: [] };
}

function addTally(to: LoadTally, more: LoadTally): void {
  to.offered += more.offered;
  to.heldBack += more.heldBack;
  to.acked += more.acked;
  for (const [id, count] of more.refusals) to.refusals.set(id, (to.refusals.get(id) ?? 0) + count);
  for (const ms of more.ackMs) to.ackMs.push(ms);
}
