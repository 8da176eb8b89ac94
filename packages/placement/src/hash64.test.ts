import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hash64 } from './hash64.ts';

const hex = (input: Uint8Array | string) => {
  const { high, low } = hash64(input);
  return high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0');
};

/** XXH64 as its specification reads, in BigInt. */
function reference(bytes: Uint8Array): string {
  const M = (1n << 64n) - 1n;
  const [P1, P2, P3, P4, P5] = [
    0x9e3779b185ebca87n,
    0xc2b2ae3d27d4eb4fn,
    0x165667b19e3779f9n,
    0x85ebca77c2b2ae63n,
    0x27d4eb2f165667c5n,
  ] as const;
  const rotl = (x: bigint, r: bigint) => ((x << r) | (x >> (64n - r))) & M;
  const read = (at: number, size: number) => {
    let value = 0n;
    for (let i = size - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[at + i] ?? 0);
    return value;
  };
  const round = (acc: bigint, lane: bigint) => (rotl((acc + lane * P2) & M, 31n) * P1) & M;
  let at = 0;
  let acc: bigint = P5;
  if (bytes.length >= 32) {
    const v: bigint[] = [(P1 + P2) & M, P2, 0n, -P1 & M];
    for (; at + 32 <= bytes.length; at += 32) for (const i of v.keys()) v[i] = round(v[i] ?? 0n, read(at + i * 8, 8));
    acc = 0n;
    for (const [i, bits] of [1n, 7n, 12n, 18n].entries()) acc = (acc + rotl(v[i] ?? 0n, bits)) & M;
    for (const value of v) acc = ((acc ^ round(0n, value)) * P1 + P4) & M;
  }
  acc = (acc + BigInt(bytes.length)) & M;
  for (; at + 8 <= bytes.length; at += 8) acc = (rotl(acc ^ round(0n, read(at, 8)), 27n) * P1 + P4) & M;
  for (; at + 4 <= bytes.length; at += 4) acc = (rotl(acc ^ ((read(at, 4) * P1) & M), 23n) * P2 + P3) & M;
  for (; at < bytes.length; at++) acc = (rotl(acc ^ ((read(at, 1) * P5) & M), 11n) * P1) & M;
  acc = ((acc ^ (acc >> 33n)) * P2) & M;
  acc = ((acc ^ (acc >> 29n)) * P3) & M;
  return (acc ^ (acc >> 32n)).toString(16).padStart(16, '0');
}

describe('hash64', () => {
  it.each([
    ['', 'ef46db3751d8e999'],
    ['a', 'd24ec4f1a98c6e5b'],
    ['abc', '44bc2cf5ad770999'],
    ['Nobody inspects the spammish repetition', 'fbcea83c8a378bf1'],
    ['The quick brown fox jumps over the lazy dog', '0b242d361fda71bc'],
  ])('of %j is the published XXH64 %s', (text, expected) => {
    expect(hex(text)).toBe(expected);
  });

  it('equals the specification on bytes of any length', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(hex(bytes)).toBe(reference(bytes));
      }),
      { numRuns: 500 },
    );
  });
});
