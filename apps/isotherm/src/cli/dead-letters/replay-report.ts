import { type DeadLetter, type DeadLetterId, deadLetterIdText } from '@isotherm/client';

/** A letter that does not count after a replay, and why. */
export interface LetterProblem {
  readonly id: string;
  readonly reason: string;
  readonly message: string;
}

/** What became of a replay. */
export interface ReplayReport {
  readonly dryRun: boolean;
  /** Letters sent into the log; in a dry run, that would be. */
  readonly replayed: number;
  /** Of them, those that count now. */
  readonly counted: number;
  /** Those that failed again. */
  readonly failed: number;
  readonly failedByReason: Readonly<Record<string, number>>;
  readonly refused: number;
  /** The first letters that failed again or were refused, at most 1,000. */
  readonly problems: readonly LetterProblem[];
}

/** Adds up what becomes of letters. */
export interface ReplayTally {
  sent(letters: number): void;
  refused(refusals: { readonly count: number; readonly named: readonly LetterRefusal[] }): void;
  /** The same letters before and after. Those that no attempt reached are left out: they were refused. */
  settled(before: readonly DeadLetter[], after: readonly DeadLetter[]): void;
  report(dryRun: boolean): ReplayReport;
}

interface LetterRefusal {
  readonly id: DeadLetterId;
  readonly reason: string;
  readonly message: string;
}

const MAX_PROBLEMS = 1000;

/** Creates an empty tally. */
export function createReplayTally(): ReplayTally {
  const problems: LetterProblem[] = [];
  const failedByReason: Record<string, number> = {};
  let replayed = 0;
  let counted = 0;
  let failed = 0;
  let refused = 0;
  const note = (id: DeadLetterId, reason: string, message: string) => {
    if (problems.length < MAX_PROBLEMS) problems.push({ id: deadLetterIdText(id), reason, message });
  };
  return {
    sent(letters) {
      replayed += letters;
    },
    refused({ count, named }) {
      refused += count;
      for (const { id, reason, message } of named) note(id, reason, message);
    },
    settled(before, after) {
      const attempts = new Map(before.map((letter) => [deadLetterIdText(letter.id), letter.attempts]));
      for (const letter of after) {
        if (letter.attempts === attempts.get(deadLetterIdText(letter.id))) continue;
        if (letter.state === 'REPLAYED') {
          counted += 1;
          continue;
        }
        const { reason, message } = letter.causes.at(-1) ?? letter;
        failed += 1;
        failedByReason[reason] = (failedByReason[reason] ?? 0) + 1;
        note(letter.id, reason, message);
      }
    },
    report: (dryRun) => ({ dryRun, replayed, counted, failed, failedByReason, refused, problems }),
  };
}
