import type { Prng } from '@isotherm/testkit';

interface Field {
  /** Where its tag begins. */
  readonly start: number;
  /** Where its content begins: after tag and length. */
  readonly content: number;
  readonly end: number;
  readonly nested: boolean;
}

/** How deep fields are looked into. */
const MAX_DEPTH = 4;
const MAX_FIELDS = 256;

/**
 * Reads bytes as protobuf and changes a field at any depth: twice, gone, moved, of another number or wire type, with a
 * length that lies; all enclosing lengths are made right again, so that the change is what the decoder meets. What is no
 * protobuf stays as it is.
 */
export function mutateFields(bytes: Uint8Array, random: Prng, depth = 0): Uint8Array {
  const fields = fieldsOf(bytes);
  if (fields === undefined || fields.length === 0) return bytes;
  const field = random.pick(fields);
  if (field.nested && depth < MAX_DEPTH && random.chance(0.6)) {
    const inner = mutateFields(bytes.subarray(field.content, field.end), random, depth + 1);
    const length = varint(inner.length);
    const tagBytes = bytes.subarray(field.start, tagEnd(bytes, field.start));
    return concat([bytes.subarray(0, field.start), tagBytes, length, inner, bytes.subarray(field.end)]);
  }
  const whole = bytes.subarray(field.start, field.end);
  const before = bytes.subarray(0, field.start);
  const after = bytes.subarray(field.end);
  switch (random.below(7)) {
    case 0:
      return concat([before, whole, whole, after]);
    case 1:
      return concat([before, after]);
    case 2:
      return concat([whole, before, after]);
    case 3:
      return concat([before, after, whole]);
    case 4: {
      const renamed = whole.slice();
      renamed[0] = (random.below(12) << 3) | random.below(8);
      return concat([before, renamed, after]);
    }
    case 5: {
      const content = bytes.subarray(field.content, field.end);
      const length = varint(Math.max(0, content.length + random.pick([-1, 1, -4, 4, 1000, 2 ** 31, 2 ** 32])));
      return concat([before, bytes.subarray(field.start, tagEnd(bytes, field.start)), length, content, after]);
    }
    default: {
      const count = 1 + random.below(200);
      return concat([before, ...Array.from({ length: count }, () => whole), after]);
    }
  }
}

/** Top-level fields, if all of the bytes read as such. */
function fieldsOf(bytes: Uint8Array): Field[] | undefined {
  const fields: Field[] = [];
  let at = 0;
  while (at < bytes.length && fields.length < MAX_FIELDS) {
    const start = at;
    const wireType = bytes[at]! & 7;
    at = tagEnd(bytes, at);
    const content = at;
    let nested = false;
    if (wireType === 0) at = tagEnd(bytes, at);
    else if (wireType === 1) at += 8;
    else if (wireType === 5) at += 4;
    else if (wireType === 2) {
      const [length, next] = readVarint(bytes, at);
      at = next + length;
      nested = true;
      if (at > bytes.length) return undefined;
      fields.push({ start, content: next, end: at, nested });
      continue;
    } else return undefined;
    if (at > bytes.length) return undefined;
    fields.push({ start, content, end: at, nested });
  }
  return fields;
}

function tagEnd(bytes: Uint8Array, start: number): number {
  let at = start;
  while (at < bytes.length && bytes[at]! >= 0x80) at += 1;
  return at + 1;
}

function readVarint(bytes: Uint8Array, start: number): readonly [value: number, next: number] {
  let value = 0;
  let factor = 1;
  let at = start;
  for (; at < bytes.length; at += 1) {
    value += (bytes[at]! & 0x7f) * factor;
    factor *= 128;
    if (bytes[at]! < 0x80) break;
  }
  return [value, at + 1];
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 128) | 0x80);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return Uint8Array.from(bytes);
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(parts as Uint8Array[]);
}
