import { getEventListeners } from 'node:events';
import type { Observation, ObservationColumns, SentBatch } from '@isotherm/client';
import { createObservationStream, MAX_IN_FLIGHT } from '@isotherm/client/internals';
import type { Drill } from './drill.ts';
import { createStreamModel, isObserved } from './stream-model.ts';
import { BATCH_TROUBLES, LOSSES, REFUSALS } from './stream-troubles.ts';
import { createScriptedWire, rowLine, type ScriptedCall } from './stream-wire.ts';

const STEPS = [5, 20, 40, 80];
const HEALING_STEPS = 2_000;
const WINDOWS = [0, 1, 2, 5, 5, 32, 100];
const PATIENCE_MS = [0, 400, 5_000, 120_000, 120_000, 120_000, 120_000, 120_000];
const WAITS_MS = [0.5, 20, 150, 700, 3_000, 20_000];
const LONG_MS = 3 * 3_600_000;

/** One stream from its first batch to its end, step by step beside the model. */
export async function playStream(drill: Drill): Promise<void> {
  const { prng, scheduler, same } = drill;
  const process = drill.spawn('producer');
  const identity = {
    producerId: prng.pick(['p', 'q']),
    session: BigInt(1 + prng.below(9)),
    returnTokens: prng.chance(0.5),
  };
  const maxInFlight = prng.pick(WINDOWS);
  const retry = {
    maxElapsedMs: prng.pick(PATIENCE_MS),
    initialDelayMs: prng.pick([5, 100]),
    maxDelayMs: prng.pick([300, 5_000]),
  };
  /** How often connections break, and how often a batch is kept at once. */
  const unrest = prng.pick([0.02, 0.1, 0.4]);
  const kindness = prng.pick([0.3, 0.6, 0.9]);
  /** Whether sockets fill soon. */
  const tight = prng.chance(0.5);
  let luck = 0;
  const timers = new Set<object>();
  const stop = prng.chance(0.8) ? new AbortController() : undefined;
  if (prng.chance(0.05)) stop?.abort('before');
  const wire = createScriptedWire(scheduler);
  const model = createStreamModel({
    size: Math.min(Math.max(maxInFlight, 1), MAX_IN_FLIGHT),
    retry,
    start: `start ${identity.producerId}/${identity.session}/${identity.returnTokens}`,
    nowMs: () => scheduler.nowMs,
    clockMs: () => process.now(),
    luck: () => luck,
  });
  const told: string[] = [];
  const stream = createObservationStream(wire.channel, {
    ...identity,
    maxInFlight,
    signal: stop?.signal,
    retry,
    runtime: {
      now: () => process.now(),
      random: () => luck,
      after(delayMs, callback) {
        const timer = process.after(delayMs, () => {
          timers.delete(timer);
          callback();
        });
        timers.add(timer);
        return {
          cancel() {
            timers.delete(timer);
            timer.cancel();
          },
        };
      },
    },
    onOver: () => told.push('over'),
  });
  if (stop?.signal.aborted) model.abort('before');
  let call: ScriptedCall | undefined;
  const calls: ScriptedCall[] = [];
  let numbers = 0;
  let names = 2;
  /** What the platform said last: it may say so again. */
  let last = { sequence: 1, kind: 0 };

  /** Says how a promise ends, in a line. */
  function listen<T>(name: string, promise: Promise<T>, say: (value: T) => string): void {
    promise.then(
      (value) => told.push(`${name}: ${say(value)}`),
      (error: unknown) => told.push(`${name}: ${describe(error)}`),
    );
  }

  function write(): void {
    const number = numbers++;
    const baseMs = scheduler.nowMs - prng.below(1_000) - 1_000;
    if (prng.chance(0.3)) names += 1;
    const rows = Array.from({ length: 1 + prng.below(3) }, () => ({
      city: `c${names - 1 - prng.below(prng.chance(0.5) ? 2 : names)}`,
      sensor: prng.chance(0.4) ? `s${prng.below(names)}` : '',
      atMs: Math.floor(baseMs) + prng.below(500),
      hundredths: prng.below(3_000),
    }));
    model.write(number, { rows: rows.map(rowLine).join(' '), rowCount: rows.length });
    let sent: Promise<SentBatch>;
    if (prng.chance(0.5)) {
      const columns: ObservationColumns = {
        cityIndex: Uint32Array.from(rows, ({ city }) => stream.cityIndex(city)),
        baseUnixMs: Math.floor(baseMs),
        observedOffsetMs: Uint32Array.from(rows, ({ atMs }) => atMs - Math.floor(baseMs)),
        temperatureCelsius: { scale: 2, unscaled: Int32Array.from(rows, ({ hundredths }) => hundredths) },
        sensorIndex: Uint32Array.from(rows, ({ sensor }) => (sensor === '' ? 0 : stream.sensorIndex(sensor))),
      };
      sent = stream.write(columns);
      columns.cityIndex.fill(7);
      columns.observedOffsetMs.fill(7);
    } else {
      const observations: Observation[] = rows.map(({ city, sensor, atMs, hundredths }) => ({
        cityId: city,
        observedAt: atMs,
        temperatureCelsius: hundredths / 100,
        ...(sensor === '' ? {} : { sensorId: sensor }),
      }));
      sent = stream.write(observations);
    }
    listen(`write ${number}`, sent, ({ sequence, rows: count }) => `sequence ${sequence}, ${count} rows`);
    sent.then(
      ({ result }) => {
        if (isObserved(number))
          listen(`result ${number}`, result, ({ accepted, sequence }) => `${accepted} of ${sequence}`);
      },
      () => undefined,
    );
  }

  async function pass(ms: number): Promise<void> {
    let over = false;
    scheduler.after(ms, () => {
      over = true;
    });
    await scheduler.runUntil(() => over, ms + 1);
    if (model.isDue(scheduler.nowMs)) await pass(1);
    else model.cameTo(scheduler.nowMs);
  }

  function accept(): void {
    const room = tight ? 1 + prng.below(3) : 1_000;
    call = wire.accept(room);
    calls.push(call);
    model.accept(room);
  }

  function lose({ end, trouble }: (typeof LOSSES)[number]): void {
    model.lose(trouble);
    call!.end(end);
  }

  /** The platform answers something that it got, as a rule well. */
  function answer(well: number): void {
    const known = call!.unanswered;
    const again = prng.chance(0.15);
    const sequence = again || known.length === 0 ? last.sequence : prng.pick(known);
    const kind = again ? last.kind : prng.float();
    last = { sequence, kind };
    if (kind < well) {
      const accepted = prng.below(100);
      model.ack(sequence, accepted);
      call!.answer(sequence, { ack: { accepted } });
    } else if (kind < well + (1 - well) * 0.96) {
      const { error, trouble } = prng.pick(BATCH_TROUBLES);
      model.error(sequence, trouble);
      call!.answer(sequence, { error });
    } else {
      model.nothing(sequence);
      call!.answer(sequence, 'nothing');
    }
  }

  function drain(): void {
    const room = tight ? 1 + prng.below(3) : 1_000;
    model.drain(room);
    call!.hasRoomFor(room);
  }

  function flush(): void {
    const number = numbers++;
    model.flush(number);
    listen(`flush ${number}`, stream.flush(), () => 'done');
  }

  function close(): void {
    model.close();
    listen('close', prng.chance(0.5) ? stream.close() : Promise.resolve(stream[Symbol.asyncDispose]()), () => 'done');
  }

  /** What the platform does next. */
  async function act(): Promise<void> {
    const what = prng.float();
    if (wire.asked > 0) {
      if (what < 0.95) accept();
      else {
        model.noToken('no key');
        wire.refuse(prng.chance(0.5) ? 'no key' : new Error('no key'));
      }
    } else if (model.link === 'pause') await pass(prng.pick(WAITS_MS) * prng.float());
    else if (model.link !== 'open') return;
    else if (what < unrest) lose(prng.pick(LOSSES));
    else if (what > 0.995) lose(prng.pick(REFUSALS));
    else if (what > 0.99) {
      model.babble();
      call!.babble(Uint8Array.of(7, 0));
    } else if (model.full && prng.chance(0.3)) drain();
    else answer(kindness);
  }

  async function step(): Promise<void> {
    luck = prng.float();
    const what = prng.float();
    if (what < 0.25) write();
    else if (what < 0.27) for (let i = prng.below(Math.min(maxInFlight, MAX_IN_FLIGHT) + 8); i >= 0; i--) write();
    else if (what < 0.75) await act();
    else if (what < 0.92) await pass(prng.pick(WAITS_MS) * prng.float());
    else if (what < 0.925) await pass(LONG_MS);
    else if (what < 0.96) flush();
    else if (what < 0.97 && calls.length > 1) calls[0]!.endAgain(LOSSES[0]!.end);
    else if (what < 0.975) close();
    await check();
  }

  /** For a while nothing comes through. */
  async function storm(): Promise<void> {
    write();
    await check();
    for (let i = prng.below(16); i > 0; i--) {
      luck = prng.float();
      if (wire.asked > 0) accept();
      else if (model.link === 'open') lose(prng.pick(LOSSES));
      else await pass(3_000 * prng.float());
      await check();
    }
  }

  async function giveUp(): Promise<void> {
    if (stop === undefined || stop.signal.aborted) return;
    model.abort('enough');
    stop.abort('enough');
    await check();
  }

  async function check(): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve));
    same('what a stream sends is what is due, in order', wire.lines.splice(0), model.wire.splice(0));
    same('callers of a stream are told what became of it, once', told.splice(0).sort(), model.told.splice(0).sort());
    const listening = stop === undefined ? 0 : getEventListeners(stop.signal, 'abort').length;
    same(
      'a stream holds what it needs: batches in flight, timers, a listener',
      [stream.inFlight, timers.size, listening],
      [model.inFlight, model.timers, stop === undefined || model.failure !== undefined ? 0 : 1],
    );
  }

  await check();
  const steps = prng.pick(STEPS);
  for (let i = 0; i < steps && drill.violations.first === undefined; i++) await step();
  if (prng.chance(0.5)) await storm();
  const end = prng.float();
  if (end < 0.6) await giveUp();
  else if (end < 0.8 && model.link === 'open') lose(prng.pick(REFUSALS));
  await check();
  // A platform that works, and a producer who leaves.
  close();
  await check();
  for (let i = 0; i < HEALING_STEPS && drill.violations.first === undefined; i++) {
    luck = prng.float();
    if (wire.asked > 0) accept();
    else if (model.link === 'open' && model.full) drain();
    else if (model.link === 'open' && call!.unanswered.length > 0) answer(1);
    else if (model.ending) lose(LOSSES.find(({ end }) => end.code === 0)!);
    else if (model.waiting || model.timers > 0) await pass(1_000);
    else break;
    await check();
  }
  same('a stream that is closed comes to its end', [model.waiting, model.timers, stream.inFlight], [false, 0, 0]);
  stop?.abort('late');
  await pass(LONG_MS);
  write();
  flush();
  await check();
}

function describe(error: unknown): string {
  if (!(error instanceof Error) || !('code' in error) || !('id' in error)) return String(error);
  const cause = typeof error.cause === 'string' && error.id === 'CANCELLED' ? ` (${error.cause})` : '';
  return `${error.code} ${error.id}: ${error.message}${cause}`;
}
