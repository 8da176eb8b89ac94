import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { findKafka } from '@isotherm/local-services';

const USAGE = `npm run test:kafka -- [options] [test files]
The log on real Kafka brokers: conformance, faults, seeded fault plans. What is needed is fetched.
  --plans N           seeded fault plans (default 3; 50 for a long run)
  --seed N            seed of the first plan (default: of the time; it is printed)
  --away-seconds N    for how long all brokers are away (default 10; 60 for a long run)
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    plans: { type: 'string', default: '3' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
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
  for (const name of ['plans', 'seed', 'away-seconds'] as const) {
    if (/^\d+$/.test(values[name])) continue;
    process.stderr.write(`--${name} is ${values[name]}, and must be a whole number from 0\n`);
    return 2;
  }
  const kafka = await findKafka((line) => process.stdout.write(`${line}\n`));
  if ('missing' in kafka) {
    process.stdout.write(`skipped: ${kafka.missing}\n`);
    return 0;
  }
  process.stdout.write(`seed ${values.seed}, ${values.plans} plans\n`);
  const vitest = ['vitest', 'run', '--config', 'vitest.kafka.config.ts', ...positionals];
  const child = spawn('npx', vitest, {
    cwd: join(import.meta.dirname, '..'),
    stdio: 'inherit',
    env: {
      ...process.env,
      ISOTHERM_KAFKA_PLANS: values.plans,
      ISOTHERM_KAFKA_SEED: values.seed,
      ISOTHERM_KAFKA_AWAY_SECONDS: values['away-seconds'],
    },
  });
  const [code] = await once(child, 'close');
  return code ?? 1;
}
