import { describe, expect, it } from 'vitest';
import { findMutants } from './find-mutants.ts';

const changesOf = (source: string) =>
  findMutants('file.ts', source).map(({ operator, after }) => `${operator}: ${after}`);

describe('Mutants of', () => {
  it('a condition negate it, and flip or move its comparison', () => {
    expect(changesOf('if (a < b) f();')).toEqual([
      'negate condition: if (!(a < b)) f();',
      'flip comparison: if (a <= b) f();',
      'drop statement: if (a < b) ;',
    ]);
    expect(changesOf('while ((a) === (b)) {}')).toEqual(['flip comparison: while ((a) !== (b)) {}']);
  });

  it('logic swap and drop', () => {
    expect(changesOf('const x = !a || b && c;')).toEqual([
      'swap && and ||: const x = ((!a) && (b && c));',
      'drop not: const x = (a) || b && c;',
      'swap && and ||: const x = !a || ((b) || (c));',
    ]);
    expect(changesOf('const x = a ?? 7;')).toEqual([
      'drop default: const x = (a);',
      'always default: const x = (7);',
      'one more: const x = a ?? (8);',
      'one less: const x = a ?? (6);',
    ]);
  });

  it('statements drop them, their await, their throw, and what they return', () => {
    expect(changesOf('async function f() { await g(); }')).toEqual([
      'drop statement: async function f() { ; }',
      'drop await: async function f() { (g()); }',
    ]);
    expect(changesOf('function f() { throw new Error(String(1 + 2)); }')).toEqual(['drop throw: function f() { ; }']);
    expect(changesOf('function f() { return g; }')).toEqual(['empty return: function f() { return undefined; }']);
    expect(changesOf('const f = () => g;')).toEqual(['empty return: const f = () => undefined;']);
    expect(changesOf('function f() { return undefined; }')).toEqual([]);
    expect(changesOf('function f() { return false; }')).toEqual(['other constant: function f() { return true; }']);
  });

  it('numbers and signs move them by one', () => {
    expect(changesOf('const x = a + 0 - b;')).toEqual([
      'other arithmetic: const x = a + 0 + b;',
      'other arithmetic: const x = a - 0 - b;',
      'one more: const x = a + (1) - b;',
    ]);
    expect(changesOf('for (let i = n; i >= m; i--) {}')).toEqual([
      'never loop: for (let i = n; false; i--) {}',
      'flip comparison: for (let i = n; i > m; i--) {}',
      'other direction: for (let i = n; i >= m; i++) {}',
    ]);
  });

  it('numbers that only divide work are none', () => {
    expect(changesOf('const COMMITS_PER_TURN = 1024;')).toEqual([]);
    expect(changesOf('const DEDUP_WINDOW = 1;')).toHaveLength(2);
  });

  it('types, imports, texts, log lines and spans are none', () => {
    expect(
      changesOf(`
        import { a } from 'a';
        interface Sizes { readonly most: 5 }
        const size = (value as unknown as 7)!;
        const message = \`It has \${count - 1} rows\`;
      `),
    ).toEqual([]);
    expect(changesOf('this.deps.logger.warn({ rows: 3 + 1 }, message);')).toEqual([]);
  });

  it('code with signs of several bytes begin and end where they should', () => {
    const source = "const text = '°C → ü 🌡';\nif (a < b) g();";
    expect(changesOf(source)).toContain('negate condition: if (!(a < b)) g();');
  });
});

it('An id stays the same while its line and function do, wherever they move', () => {
  const source = 'function f() {\n  if (a < b) g();\n}';
  const moved = `// A line more.\nconst other = 1;\n${source}`;
  const idsOf = (text: string) => findMutants('file.ts', text).map(({ id }) => id);
  expect(idsOf(moved)).toEqual(expect.arrayContaining(idsOf(source)));
  expect(new Set(idsOf(`${source}\n${source.replace('f()', 'h()')}`)).size).toBe(2 * idsOf(source).length);
});
