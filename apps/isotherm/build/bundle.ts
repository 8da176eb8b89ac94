/**
 * Puts the platform into a few files in dist/, one for each thread and what they share:
 *
 *     node build/bundle.ts
 *
 * Everything runs from src/ as well, and does where that is newer. But a start loads 700 modules on five threads, and
 * finding, reading and linking them one by one is most of the time until it is ready.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { build, type Plugin } from 'rolldown';

const PACKAGE = join(import.meta.dirname, '..');
const DIST = join(PACKAGE, 'dist');
const ROOT = join(PACKAGE, '../..');

/** Where threads and processes begin. Each is a file of its name in dist/. */
const ENTRIES = {
  isotherm: join(PACKAGE, 'src/cli/main.ts'),
  'ingest-thread': join(PACKAGE, 'src/threads/ingest-thread.ts'),
  'compute-thread': join(PACKAGE, 'src/threads/compute-thread.ts'),
  'feed-thread': join(PACKAGE, 'src/feed/feed-thread.ts'),
  'health-thread': join(ROOT, 'packages/service-kit/src/health/health-thread.ts'),
  'analytics-thread': join(ROOT, 'packages/analytics/src/thread/analytics-thread.ts'),
  'clickhouse-process': join(ROOT, 'packages/analytics/src/clickhouse-server/clickhouse-process.ts'),
};

/** Native code, and packages that read files beside their own: they stay where they are installed. */
const EXTERNAL = [
  /^lmdb$/,
  /^@?chdb(\/|$)/,
  /^ffi-rs$/,
  /^@grpc\/(reflection|proto-loader)$/,
  /^grpc-health-check$/,
  /^protobufjs(\/|$)/,
  /^@platformatic\/wasm-utils$/,
];

/** In dist/ all files lie side by side, as deep in the package as those of src/: only names of threads change. */
const besideEachOther: Plugin = {
  name: 'threads-beside-each-other',
  transform: (code) =>
    code.replace(
      /new URL\('[\w./]*\/([\w-]+-(?:thread|process))\.ts', import\.meta\.url\)/g,
      "new URL('./$1.js', import.meta.url)",
    ),
};

rmSync(DIST, { recursive: true, force: true });
const { output } = await build({
  input: ENTRIES,
  platform: 'node',
  external: EXTERNAL,
  plugins: [besideEachOther],
  output: { dir: DIST, format: 'esm', entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
});

// The launcher looks at these: where one is newer than this list, it runs the sources.
const modules = output.flatMap((chunk) => (chunk.type === 'chunk' ? chunk.moduleIds : []));
const sources = modules.filter((id) => id.startsWith(ROOT) && !id.includes('/node_modules/'));
writeFileSync(
  join(DIST, 'sources.json'),
  JSON.stringify([...sources, join(ROOT, 'package-lock.json')].map((path) => relative(DIST, path)).sort(), null, 1),
);
