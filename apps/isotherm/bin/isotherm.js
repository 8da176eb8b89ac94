#!/usr/bin/env node
// Runs the command line on Node 24 or later: with this Node if it is new enough, else with the one that npm installed
// beside the workspace. Plain JavaScript that any Node from 18 on understands.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const NEEDED = 24;
// The ClickHouse engine can hold four threads of libuv's pool at once; four, the default, would leave none for the log.
process.env.UV_THREADPOOL_SIZE ??= '8';
const here = dirname(fileURLToPath(import.meta.url));

if (Number(process.versions.node.split('.')[0]) >= NEEDED) {
  // Most of a restart would be compiling the same code once a thread; threads learn of the cache by the variable.
  const { directory } = (await import('node:module')).enableCompileCache();
  if (directory !== undefined) process.env.NODE_COMPILE_CACHE ??= directory;
  await import(isBuilt() ? '../dist/isotherm.js' : '../src/cli/main.ts');
} else {
  const node = findNode();
  if (node === undefined) {
    process.stderr.write(
      `isotherm: this is Node ${process.versions.node} and Isotherm needs ${NEEDED}; run \`npm ci\` in the checkout, which brings it.\n`,
    );
    process.exit(1);
  }
  runOn(node);
}

/** Whether dist/ holds what the sources say: none that went into it is newer. */
function isBuilt() {
  const dist = join(here, '..', 'dist');
  try {
    const built = statSync(join(dist, 'sources.json')).mtimeMs;
    const sources = JSON.parse(readFileSync(join(dist, 'sources.json'), 'utf8'));
    return sources.every((source) => !(statSync(join(dist, source), { throwIfNoEntry: false })?.mtimeMs > built));
  } catch {
    return false;
  }
}

function findNode() {
  for (let folder = here; ; folder = dirname(folder)) {
    const node = join(folder, 'node_modules', 'node', 'bin', 'node');
    if (existsSync(node)) return node;
    if (folder === dirname(folder)) return undefined;
  }
}

function runOn(node) {
  const child = spawn(node, [join(here, 'isotherm.js'), ...process.argv.slice(2)], { stdio: 'inherit' });
  // A terminal sends Ctrl-C to both processes, and twice would end the child at once: then this one only has to outlive
  // it. What is sent to this process alone is passed on.
  const onTerminal = [process.stdin, process.stdout, process.stderr].some((stream) => stream.isTTY);
  process.on('SIGINT', () => {
    if (!onTerminal) child.kill('SIGINT');
  });
  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGQUIT']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    process.stderr.write(`isotherm: Node ${NEEDED} at ${node} does not start: ${error.message}\n`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}
