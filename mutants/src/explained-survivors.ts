import { readFileSync } from 'node:fs';

/** Why a survivor is accepted, by the mutant's id. */
export type Explanations = ReadonlyMap<string, string>;

/** Reads the list: every line that begins with `- ` and an id in backticks explains one. */
export function readExplanations(path: string): Explanations {
  const explained = new Map<string, string>();
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    const match = /^- `([0-9a-f]{10})` (.+)$/.exec(line);
    if (match?.[1] !== undefined && match[2] !== undefined) explained.set(match[1], match[2]);
  }
  return explained;
}
