import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type CoveredLines, coveredLines, type ScriptCoverage } from './covered-lines.ts';

const ROOT = join(import.meta.dirname, '../../..');
/** The product's own code: what is generated, and what only tests use, is not. */
const PRODUCT = /^((?:apps|packages)\/(?!contracts\/|testkit\/)[^/]+)\/src\/(?!.*\.test\.ts$)/;
const STRETCHES = 12;

/** What to print of coverage that V8 wrote into a folder (NODE_V8_COVERAGE): lines by package, and what never ran. */
export function coverageReport(folder: string): string[] {
  const files = productFiles(folder);
  const packages = new Map<string, { code: number; ran: number }>();
  const silent: { readonly place: string; readonly lines: number }[] = [];
  for (const [path, lines] of files) {
    const name = PRODUCT.exec(path)![1]!;
    const sum = packages.get(name) ?? { code: 0, ran: 0 };
    packages.set(name, {
      code: sum.code + lines.code.length,
      ran: sum.ran + lines.code.filter((line) => lines.ran.has(line)).length,
    });
    for (const stretch of stretches(lines)) {
      silent.push({ place: `${path}:${stretch[0]}–${stretch.at(-1)}`, lines: stretch.length });
    }
  }
  const number = (value: number) => value.toLocaleString('en-US').padStart(7);
  return [
    '',
    'code paths of the product that ran: lines of the files that were loaded',
    ...[...packages]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(
        ([name, { code, ran }]) =>
          `  ${name.padEnd(28)} ${number(ran)} of ${number(code)} ${((100 * ran) / code).toFixed(0).padStart(4)} %`,
      ),
    '',
    'longest stretches that never ran',
    ...silent
      .sort((a, b) => b.lines - a.lines)
      .slice(0, STRETCHES)
      .map(({ place, lines }) => `  ${number(lines)}  ${place}`),
  ];
}

/** By path from the tree's root. */
function productFiles(folder: string): Map<string, CoveredLines> {
  const scripts = new Map<string, ScriptCoverage[]>();
  for (const name of readdirSync(folder)) {
    const { result } = JSON.parse(readFileSync(join(folder, name), 'utf8')) as {
      readonly result: readonly ScriptCoverage[];
    };
    for (const script of result) {
      if (!script.url.startsWith('file:')) continue;
      const path = relative(ROOT, fileURLToPath(script.url));
      if (PRODUCT.test(path)) scripts.set(path, [...(scripts.get(path) ?? []), script]);
    }
  }
  return new Map(
    [...scripts].map(([path, found]) => [path, coveredLines(readFileSync(join(ROOT, path), 'utf8'), found)]),
  );
}

/** Runs of lines of code, one after the other, of which none ran. */
function stretches({ code, ran }: CoveredLines): number[][] {
  const found: number[][] = [];
  let current: number[] = [];
  for (const line of code) {
    if (!ran.has(line)) current.push(line);
    else if (current.length > 0) {
      found.push(current);
      current = [];
    }
  }
  return current.length > 0 ? [...found, current] : found;
}
