import { expect, it } from 'vitest';
import { toAnalyticsError } from './clickhouse-error.ts';

it('says that the disk is full, whoever met it: the engine or a file of ours', () => {
  const ours = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  const engines = new Error('Code: 243. DB::Exception: Cannot reserve 1.00 MiB, not enough space. (NOT_ENOUGH_SPACE)');
  for (const thrown of [ours, engines]) {
    expect(toAnalyticsError(thrown)).toMatchObject({ code: 'UNAVAILABLE', id: 'ANALYTICS_DISK_FULL', cause: thrown });
  }
});
