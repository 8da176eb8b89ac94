import { describe, expect, it } from 'vitest';
import type { CheckpointUpdate, LoadTarget } from '../checkpoint-store.ts';
import { type CheckpointHarness, update, usePlace } from './checkpoint-harness.ts';

const FOLDER = 'partition-00000';

/** An update whose first byte says how many letters each place of its body takes. */
function headed(kind: 'full' | 'delta', offset: number, body: string, letters: number): CheckpointUpdate {
  return { ...update(kind, offset, `${letters}${body}`), headBytes: 1 };
}

/** Takes bodies apart as their heads say, and writes down what it is told. */
function takingApart() {
  let places: Uint8Array[] = [];
  let begun = 0;
  const target: LoadTarget = {
    begin() {
      begun += 1;
      places = [];
    },
    place(head, bodyBytes) {
      const size = Number(Buffer.from(head).toString());
      const made = Array.from({ length: Math.ceil(bodyBytes / size) }, (_, i) =>
        // Memory of both kinds: restored state is of the shared one.
        i % 2 === 0
          ? new Uint8Array(Math.min(size, bodyBytes - i * size))
          : new Uint8Array(new SharedArrayBuffer(Math.min(size, bodyBytes - i * size))),
      );
      places.push(...made);
      return made;
    },
  };
  return { target, begun: () => begun, words: () => places.map((place) => Buffer.from(place).toString()) };
}

/** Segments whose bodies are read into place. */
export function describePlacing(harness: CheckpointHarness): void {
  describe('placing', () => {
    const place = usePlace(harness);
    const commitThree = async () => {
      const claim = await place.store.claim(0, 'owner');
      await place.store.commit(claim, headed('full', 10, 'abcdefgh', 3));
      await place.store.commit(claim, headed('delta', 20, 'ijkl', 2));
      await place.store.commit(claim, headed('delta', 30, 'mnopq', 4));
    };
    const tamper = async (name: string, at: number) => {
      const bytes = ((await place.blobs.get(FOLDER, name)) ?? new Uint8Array(1)).slice();
      bytes[at] = (bytes[at] ?? 0) ^ 2;
      await place.blobs.put(FOLDER, name, bytes);
    };
    const newestSegment = 'segment-0000000001-0000000003';

    it('reads bodies where their heads say, and gives heads back', async () => {
      await commitThree();
      const { target, words, begun } = takingApart();
      const found = await (await place.another()).load(0, target);
      expect(words()).toEqual(['abc', 'def', 'gh', 'ij', 'kl', 'mnop', 'q']);
      expect(found?.segments.map((head) => Buffer.from(head).toString())).toEqual(['3', '2', '4']);
      expect([found?.segmentBytes, found?.bytes, begun()]).toEqual([[9, 5, 6], 20, 1]);
    });

    it('gives them whole to who has no place for them', async () => {
      await commitThree();
      const found = await place.store.load(0);
      expect(found?.segments.map((whole) => Buffer.from(whole).toString())).toEqual(['3abcdefgh', '2ijkl', '4mnopq']);
    });

    it('knows segments without a body', async () => {
      const claim = await place.store.claim(0, 'owner');
      await place.store.commit(claim, update('full', 10, '7'));
      await place.store.commit(claim, { ...update('delta', 20, '8'), headBytes: 1 });
      const { target, words } = takingApart();
      expect((await place.store.load(0, target))?.bytes).toBe(2);
      expect(words()).toEqual([]);
    });

    it.each([
      ['head', 0, 'the head of'],
      ['body', 4, 'does not match'],
    ])('begins anew with the checkpoint before where a %s is damaged', async (_, at, why) => {
      await commitThree();
      await tamper(newestSegment, at);
      const { target, words, begun } = takingApart();
      const found = await (await place.another()).load(0, target);
      expect(words()).toEqual(['abc', 'def', 'gh', 'ij', 'kl']);
      expect([found?.offset, begun(), found?.passedOver[0]]).toEqual([20, 2, expect.stringContaining(why)]);
    });

    it.each([0, 1, 3])('begins anew where only %i bytes of a segment are left', async (left) => {
      await commitThree();
      const bytes = (await place.blobs.get(FOLDER, newestSegment)) ?? new Uint8Array(0);
      await place.blobs.put(FOLDER, newestSegment, bytes.subarray(0, left));
      const { target } = takingApart();
      const found = await (await place.another()).load(0, target);
      expect([found?.offset, found?.passedOver[0]]).toEqual([20, expect.stringContaining('bytes instead of 6')]);
    });

    it('rejects with what the target throws', async () => {
      await commitThree();
      const target: LoadTarget = {
        begin: () => undefined,
        place() {
          throw new RangeError('no such place');
        },
      };
      await expect(place.store.load(0, target)).rejects.toThrow('no such place');
    });
  });
}
