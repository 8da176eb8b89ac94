import { expect, it } from 'vitest';
import { watchThread } from './watch-thread.ts';

/** A thread whose answers to pings are written down beforehand; it ends after the last. */
function scripted(answers: readonly boolean[]) {
  const end = Promise.withResolvers<Error | undefined>();
  let pings = 0;
  return {
    ended: end.promise,
    pings: () => pings,
    async ping() {
      const answered = answers[pings++];
      if (answered === undefined) end.resolve(undefined);
      if (answered !== true) throw new Error('no answer');
    },
  };
}

it.each([
  ['one ping is missed, as after a pause of the whole process', [true, false, true, false, true], false],
  ['two in a row are missed', [true, false, true, false, false, true], true],
  ['it ends', [true], false],
])('says whether a thread hangs when %s', async (_, answers, hangs) => {
  expect(await watchThread(scripted(answers), { everyMs: 1, limitMs: 10 })).toBe(hangs);
});
