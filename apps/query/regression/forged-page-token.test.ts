import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { decodePageToken } from '../src/rpc/page-token.ts';

// Found by fuzzing: such a token was answered with INTERNAL, and a line in the error log for each.
it('a page token with a right check over what is no JSON is refused like any other', () => {
  for (const json of ['', '{', '[1,', '\u0000', 'nul']) {
    const body = Buffer.from(json).toString('base64url');
    const check = createHash('sha256').update(`scope\n${body}`).digest('base64url').slice(0, 8);
    const decode = () => decodePageToken('scope', `${body}.${check}`, [Number.isSafeInteger]);
    expect(decode).toThrow(expect.objectContaining({ id: 'REQUEST_INVALID' }));
  }
});
