import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Mutant } from '../make/mutant.ts';
import { ROOT } from '../mutated-files.ts';

/** Which parts of files ran. */
export interface Coverage {
  /** Whether the place of a mutant ran at least once. */
  reached(mutant: Pick<Mutant, 'file' | 'start'>): boolean;
}

interface Range {
  readonly startOffset: number;
  readonly endOffset: number;
  readonly count: number;
}

interface Script {
  readonly url: string;
  readonly functions: readonly { readonly ranges: readonly Range[] }[];
}

/**
 * Reads what V8 wrote into a folder by NODE_V8_COVERAGE. Types are stripped in place, so that its offsets are those of
 * the sources.
 */
export function readCoverage(folder: string): Coverage {
  const scripts = new Map<string, Script[]>();
  for (const name of readdirSync(folder)) {
    const { result } = JSON.parse(readFileSync(join(folder, name), 'utf8')) as { readonly result: readonly Script[] };
    for (const script of result) {
      const seen = scripts.get(script.url);
      if (seen === undefined) scripts.set(script.url, [script]);
      else seen.push(script);
    }
  }
  return {
    reached({ file, start }) {
      const found = scripts.get(pathToFileURL(join(ROOT, file)).href) ?? [];
      // A thread's script counts as well: ran anywhere is ran.
      return found.some((script) => countAt(script, start) > 0);
    },
  };
}

/** How often the place ran: the count of the innermost range around it. */
function countAt({ functions }: Script, offset: number): number {
  let innermost: Range | undefined;
  for (const { ranges } of functions) {
    for (const range of ranges) {
      if (range.startOffset > offset || range.endOffset <= offset) continue;
      const inner =
        innermost === undefined || range.endOffset - range.startOffset <= innermost.endOffset - innermost.startOffset;
      if (inner) innermost = range;
    }
  }
  return innermost?.count ?? 0;
}
