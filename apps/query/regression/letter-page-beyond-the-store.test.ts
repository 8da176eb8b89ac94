import { DeadLetterService } from '@isotherm/contracts/deadletter/v1/dead_letter_service';
import { expect, it } from 'vitest';
import { letterPageScope } from '../src/dead-letters/letter-reads.ts';
import { encodePageToken } from '../src/rpc/page-token.ts';
import { createFakeDeadLetters } from '../src/testing/fake-dead-letters.ts';
import { startTestPlatform } from '../src/testing/test-platform.ts';

// Found by fuzzing: a forged page token could name a partition or row that the store's columns cannot hold, and was handed
// to the engine, which takes such a number for another one without a word.
it.each([
  [0x1_0000, 0, 0],
  [0, 0, 2 ** 32],
  [2 ** 53 - 1, 0, 0],
])('a page token after %i/%i/%i is refused', async (...position) => {
  const analytics = createFakeDeadLetters();
  await using platform = await startTestPlatform({ analytics });
  const listed = platform
    .client(DeadLetterService)
    .listDeadLetters({ pageToken: encodePageToken(letterPageScope({}), position) });
  await expect(listed).rejects.toThrow('page_token');
  expect(analytics.limits).toEqual([]);
});
