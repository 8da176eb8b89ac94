import { join } from 'node:path';
import { IsothermError } from '@isotherm/service-kit';
import { minuteRows } from '../../conformance/rows.ts';
import { startAnalyticsThread } from '../start-analytics-thread.ts';

/**
 * Program of a test, run with a limit on the size of files: writes small parts until a merge of them goes beyond it and
 * the thread ends of itself. Says how many rows were confirmed and why the thread ended, and is killed.
 */
const root = process.argv[2] ?? '';
const ROWS = 1_000;

const thread = await startAnalyticsThread({ path: join(root, 'db'), scratchDirectory: join(root, 'scratch') });
await thread.migrate();
let ended: Error | undefined;
void thread.ended.then((error) => {
  ended = error ?? new Error('no reason was given');
});
let confirmed = 0;
let refused = 0;
// Numbers that do not compress: the seed is of no matter.
let seed = 1;
const random = () => {
  seed = Math.imul(seed, 1_664_525) + 1_013_904_223;
  return (seed >>> 8) / 2 ** 24;
};
for (let offset = 1; ended === undefined; offset++) {
  const samples = Array.from({ length: ROWS }, (_, i) => ({
    cityId: String(i),
    minute: 29_714_400 + offset,
    temperature: Math.round(random() * 6_000) / 100,
    humidity: Math.round(random() * 10_000) / 100,
    heatIndex: random() * 60,
  }));
  await thread.writeMinuteRows({ incarnation: '00000190a0b0c0d0' }, [minuteRows(offset, samples)]).then(
    () => {
      confirmed += ROWS;
    },
    () => {
      refused += 1;
    },
  );
  if (refused > 0) await thread.ended;
}
const id = ended instanceof IsothermError ? ended.id : String(ended);
process.stdout.write(`${JSON.stringify({ confirmed, ended: id })}\n`);
process.kill(process.pid, 'SIGKILL');
