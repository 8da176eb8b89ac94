import { createHash } from 'node:crypto';
import { decodePageToken, encodePageToken } from '@isotherm/query/internals';
import { IsothermError } from '@isotherm/service-kit';
import fc from 'fast-check';
import { accepted, type FuzzTarget, refused } from '../fuzz-target.ts';

const text = (value: string) => Uint8Array.from(Buffer.from(value, 'latin1'));

const SCOPE = 'history of Berlin';

/** Page tokens, forged ones with the right check among them. */
export const pageTokenTarget: FuzzTarget = {
  name: 'page-token',
  reads: 'page tokens of the public API',
  weight: 60,
  maxBytes: 512,
  allowedBytes: (inputBytes) => 1_000_000 + 256 * inputBytes,
  open() {
    const forged = fc
      .oneof(
        { weight: 2, arbitrary: fc.json({ maxDepth: 2 }) },
        fc.array(fc.double(), { maxLength: 9 }).map((list) => JSON.stringify(list)),
        fc.string(),
      )
      .map((json) => signed(Buffer.from(json).toString('base64url')));
    return {
      seeds: [
        text(encodePageToken(SCOPE, [1, 2, 3])),
        text(encodePageToken(SCOPE, [])),
        text(encodePageToken('another', [1, 2, 3])),
      ],
      grammar: forged,
      repair(bytes) {
        const body = Buffer.from(bytes).toString('latin1').split('.')[0] ?? '';
        bytes.set(signed(body).subarray(0, bytes.length));
      },
      run(input) {
        try {
          const position = decodePageToken(SCOPE, Buffer.from(input).toString('latin1'), [
            Number.isSafeInteger,
            Number.isSafeInteger,
            Number.isSafeInteger,
          ]);
          if (position.length !== 3 || !position.every(Number.isSafeInteger)) throw new Error(`Position ${position}`);
          return accepted('position');
        } catch (error) {
          if (error instanceof IsothermError && error.id === 'REQUEST_INVALID') return refused(error.id);
          throw error;
        }
      },
    };
  },
};

/** A token with the check that its body asks for. */
function signed(tokenBody: string): Uint8Array {
  const check = createHash('sha256').update(`${SCOPE}\n${tokenBody}`).digest('base64url').slice(0, 8);
  return text(`${tokenBody}.${check}`);
}
