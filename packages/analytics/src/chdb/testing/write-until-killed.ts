import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { minuteRows } from '../../conformance/rows.ts';
import { openChdbAnalytics } from '../open-chdb-analytics.ts';

/** Program of a test: writes batches of rows of a city each until it is killed, and says each number before and after. */
const root = process.argv[2] ?? '';
const rowsOfBatch = Number(process.argv[3] ?? '50');
const store = await openChdbAnalytics({ path: join(root, 'db'), scratchDirectory: join(root, 'scratch') });
await store.migrate();
for (let batch = 0; ; batch++) {
  const samples = Array.from({ length: rowsOfBatch }, (_, i) => ({
    cityId: `city ${batch}`,
    minute: 29_714_400 + i,
    temperature: batch,
  }));
  writeSync(1, `begun ${batch}\n`);
  await store.writeMinuteRows({ incarnation: '00000190a0b0c0d0' }, [minuteRows(batch + 1, samples)]);
  writeSync(1, `written ${batch}\n`);
}
