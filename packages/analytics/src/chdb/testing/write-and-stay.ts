import { join } from 'node:path';
import { minuteRows } from '../../conformance/rows.ts';
import { openChdbAnalytics } from '../open-chdb-analytics.ts';

/** Program of a test: writes one row into the store under the directory given, says so, and stays until it is killed. */
const root = process.argv[2] ?? '';
const store = await openChdbAnalytics({ path: join(root, 'db'), scratchDirectory: join(root, 'scratch') });
await store.migrate();
const rows = minuteRows(1, [{ cityId: '1', minute: 29_714_400, temperature: 1, count: 7 }]);
await store.writeMinuteRows({ incarnation: '00000190a0b0c0d0' }, [rows]);
process.stdout.write('written\n');
setInterval(() => undefined, 60_000);
