/** A promise of the platform that does not hold: what the simulation looks for. */
export class Violation extends Error {
  override readonly name = 'Violation';
  /** A stable name of the promise. */
  readonly rule: string;

  constructor(rule: string, message: string) {
    super(`${rule}: ${message}`);
    this.rule = rule;
  }
}

/** Where violations found in the middle of other code are noted: the first one ends the run. */
export interface Violations {
  readonly first: Violation | undefined;
  note(rule: string, message: string): void;
  /** Notes one unless the condition holds. */
  expect(condition: boolean, rule: string, message: () => string): void;
}

/** Nothing wrong yet. */
export function createViolations(): Violations {
  let first: Violation | undefined;
  const note = (rule: string, message: string) => {
    first ??= new Violation(rule, message);
  };
  return {
    get first() {
      return first;
    },
    note,
    expect(condition, rule, message) {
      if (!condition) note(rule, message());
    },
  };
}
