import type { DeadLetter } from '@isotherm/client';
import { describe, expect, it } from 'vitest';
import { createReplayTally } from './replay-report.ts';
import { whatToDo } from './what-to-do.ts';

function letter(row: number, overrides: Partial<DeadLetter> = {}): DeadLetter {
  const cause = { reason: 'LATE', message: 'Too late.', atOffset: 1n } as const;
  return {
    id: { partition: 0, offset: 1n, row },
    state: 'PARKED',
    reason: 'LATE',
    message: 'Too late.',
    cityId: 'roof',
    tenant: '',
    producerId: '',
    observeTime: new Date(0),
    firstSeenTime: new Date(0),
    attempts: 0,
    nextAttemptTime: undefined,
    observation: {
      sensorId: '',
      temperatureCelsius: 1,
      relativeHumidityPercent: undefined,
      windSpeedMps: undefined,
    },
    causes: [cause],
    ...overrides,
  };
}

describe('The report of a replay', () => {
  it('tells letters that count from those that failed again and those that no attempt reached', () => {
    const tally = createReplayTally();
    const before = [letter(0), letter(1), letter(2), letter(3, { state: 'REPLAYED', attempts: 1 })];
    const poison = { reason: 'POISON', message: 'It broke.', atOffset: 9n } as const;
    tally.sent(2);
    const refusal = { id: letter(2).id, reason: 'NO_OBSERVATION', message: 'Its record was damaged.' };
    tally.refused({ count: 2, named: [refusal] });
    tally.settled(before, [
      letter(0, { state: 'REPLAYED', attempts: 1 }),
      letter(1, { attempts: 1, causes: [...letter(1).causes, poison] }),
      letter(2),
      letter(3, { state: 'REPLAYED', attempts: 1 }),
    ]);
    expect(tally.report(false)).toEqual({
      dryRun: false,
      replayed: 2,
      counted: 1,
      failed: 1,
      failedByReason: { POISON: 1 },
      refused: 2,
      problems: [
        { id: '0/1/2', reason: 'NO_OBSERVATION', message: 'Its record was damaged.' },
        { id: '0/1/1', reason: 'POISON', message: 'It broke.' },
      ],
    });
  });

  it('names the first thousand problems and counts the others', () => {
    const tally = createReplayTally();
    const letters = Array.from({ length: 1_500 }, (_, row) => letter(row));
    tally.settled(
      letters,
      letters.map((before) => ({ ...before, attempts: 1 })),
    );
    const { failed, problems } = tally.report(false);
    expect([failed, problems.length]).toEqual([1_500, 1_000]);
  });
});

describe('What to do about a letter', () => {
  it.each([
    ['late and never replayed', letter(0), /^Replay it: it is added to its minute/],
    ['late again', letter(0, { attempts: 1 }), /Purge it/],
    ['replayed', letter(0, { state: 'REPLAYED' }), /^Nothing: it counts/],
    ['damaged', letter(0, { observation: undefined }), /damaged/],
    ['waiting', letter(0, { state: 'WAITING', causes: [] }), /^Nothing yet: the platform tries again/],
    [
      'against a rule',
      letter(0, { causes: [{ reason: 'WIND_IMPOSSIBLE', message: '', atOffset: 1n }] }),
      /send it as a new one, and purge this one/,
    ],
  ])('that is %s', (_, about, sentence) => {
    expect(whatToDo(about)).toMatch(sentence);
  });
});
