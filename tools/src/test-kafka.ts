import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { findKafka } from '@isotherm/local-services';

/** Folders with a vitest.kafka.config.ts, and their files in the short form. */
const SUITES = [
  { folder: 'packages/log', short: ['one-broker', 'fault-plans'] },
  { folder: 'apps/isotherm', short: ['services-over-kafka'] },
] as const;

const USAGE = `npm run test:kafka -- [options] [test files]
What uses Kafka on real brokers: conformance of the log, faults, seeded fault plans, services. What is needed is fetched.
  --short             one broker and a few fault plans, in a few minutes
  --plans N           seeded fault plans (default 3, short 2; 50 for a long run)
  --seed N            seed of the first plan (default: of the time, short 1; it is printed)
  --away-seconds N    for how long all brokers are away (default 10; 60 for a long run)
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    short: { type: 'boolean', default: false },
    plans: { type: 'string' },
    seed: { type: 'string' },
    'away-seconds': { type: 'string', default: '10' },
    help: { type: 'boolean', default: false },
  },
});
process.exitCode = await main();

async function main(): Promise<number> {
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const { plans = values.short ? '2' : '3', seed = values.short ? '1' : String(Date.now() % 1_000_000) } = values;
  const numbers = { plans, seed, 'away-seconds': values['away-seconds'] };
  for (const [name, text] of Object.entries(numbers)) {
    if (/^\d+$/.test(text)) continue;
    process.stderr.write(`--${name} is ${text}, and must be a whole number from 0\n`);
    return 2;
  }
  const wanted = SUITES.map(({ folder, short }) => {
    const cwd = join(import.meta.dirname, '../..', folder);
    const named = positionals.length > 0 ? positionals : values.short ? short : [''];
    const files = globSync('kafka-tests/**/*.test.ts', { cwd });
    return { cwd, files: files.filter((file) => named.some((name) => file.includes(name))) };
  }).filter(({ files }) => files.length > 0);
  if (wanted.length === 0) {
    process.stderr.write(`No test file has ${positionals.join(' or ')} in its name\n`);
    return 2;
  }
  const kafka = await findKafka((line) => process.stdout.write(`${line}\n`));
  if ('missing' in kafka) {
    process.stdout.write(`skipped: ${kafka.missing}\n`);
    return 0;
  }
  process.stdout.write(`seed ${seed}, ${plans} plans\n`);
  const env = {
    ...process.env,
    ISOTHERM_KAFKA_PLANS: plans,
    ISOTHERM_KAFKA_SEED: seed,
    ISOTHERM_KAFKA_AWAY_SECONDS: values['away-seconds'],
  };
  let worst = 0;
  for (const { cwd, files } of wanted) {
    const vitest = ['vitest', 'run', '--config', 'vitest.kafka.config.ts', ...files];
    const child = spawn('npx', vitest, { cwd, stdio: 'inherit', env });
    const [code] = await once(child, 'close');
    worst = Math.max(worst, code ?? 1);
  }
  return worst;
}
