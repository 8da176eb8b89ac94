/** A stretch of a script, and how often it ran. Inner ranges say otherwise for a part of their outer one. */
export interface CoverageRange {
  readonly startOffset: number;
  readonly endOffset: number;
  readonly count: number;
}

/** What V8 says of a script. */
export interface ScriptCoverage {
  readonly url: string;
  readonly functions: readonly { readonly ranges: readonly CoverageRange[] }[];
}

/** Lines of a file that hold code, and those of them that ran. Numbers from 1. */
export interface CoveredLines {
  readonly code: readonly number[];
  readonly ran: ReadonlySet<number>;
}

const NO_CODE = /^\s*(?:$|\/\/|\/\*|\*|import\b|export type\b|export \{|[)\]};,]+$)/;

/** The lines of a source that ran in any of its scripts: a thread has one of its own. */
export function coveredLines(source: string, scripts: readonly ScriptCoverage[]): CoveredLines {
  const ran = new Set<number>();
  const lines = source.split('\n');
  const code = lines.flatMap((line, i) => (NO_CODE.test(line) ? [] : [i + 1]));
  for (const script of scripts) {
    const counts = countsByOffset(source.length, script);
    let offset = 0;
    for (const [i, line] of lines.entries()) {
      const first = offset + line.length - line.trimStart().length;
      if (line.trim() !== '' && counts[first]! > 0) ran.add(i + 1);
      offset += line.length + 1;
    }
  }
  return { code, ran };
}

/** By character: whether the innermost range around it ran. */
function countsByOffset(length: number, { functions }: ScriptCoverage): Uint8Array {
  const counts = new Uint8Array(length + 1);
  const ranges = functions.flatMap((each) => each.ranges);
  const outerFirst = [...ranges].sort((a, b) => a.startOffset - b.startOffset || b.endOffset - a.endOffset);
  for (const { startOffset, endOffset, count } of outerFirst) counts.fill(count > 0 ? 1 : 0, startOffset, endOffset);
  return counts;
}
