import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const filesOf = (...patterns: string[]) =>
  execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard', ...patterns], { cwd: root })
    .toString()
    .split('\0')
    .filter((file) => file !== '' && existsSync(join(root, file)));

/** Ids of a page's headings, as GitHub makes them. */
function anchorsOf(page: string): Set<string> {
  const headings = page.matchAll(/^#{1,6} (.+)$/gm);
  return new Set(
    Array.from(headings, ([, text = '']) =>
      text
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

function isBroken(file: string, link: string): boolean {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? join(root, file) : join(root, dirname(file), decodeURI(path));
  if (!existsSync(target)) return true;
  return anchor !== undefined && target.endsWith('.md') && !anchorsOf(readFileSync(target, 'utf8')).has(anchor);
}

it('every link of a document leads to a file and a heading that exist', () => {
  const documents = filesOf('*.md');
  expect(documents).toContain('README.md');
  const broken = documents.flatMap((file) => {
    const links = readFileSync(join(root, file), 'utf8').matchAll(/\]\(([^)\s]+)\)|(?:src|srcset)="([^"]+)"/g);
    return Array.from(links, ([, link, source]) => link ?? source ?? '')
      .filter((link) => !/^[a-z]+:/.test(link) && isBroken(file, link))
      .map((link) => `${file}: ${link}`);
  });
  expect(broken).toEqual([]);
});

it('docs/operating/metrics.md has every metric of ingest, compute and query', () => {
  const page = readFileSync(join(root, 'docs/operating/metrics.md'), 'utf8');
  const sources = filesOf('apps/ingest/src/*.ts', 'apps/compute/src/*.ts', 'apps/query/src/*.ts')
    .map((file) => readFileSync(join(root, file), 'utf8'))
    .filter((text) => text.includes('getMeter('));
  const names = sources.flatMap((text) =>
    Array.from(text.matchAll(/(?:create\w+\(|\[)\s*'([a-z_]+(?:\.[a-z_]+)+)'/g), ([, name = '']) => name),
  );
  expect(names).toContain('isotherm.compute.lag');
  expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
});
