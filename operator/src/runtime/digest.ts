import { createHash } from 'node:crypto';

/** A digest of JSON that does not depend on the order of keys. 16 hexadecimal digits. */
export function digestOf(value: unknown): string {
  return createHash('sha256').update(stableJson(value)).digest('hex').slice(0, 16);
}

/** JSON with sorted keys and without fields that are undefined. */
export function stableJson(value: unknown): string {
  return (
    JSON.stringify(value, (_, field: unknown) => {
      if (typeof field !== 'object' || field === null || Array.isArray(field)) return field;
      return Object.fromEntries(Object.entries(field).sort(([a], [b]) => (a < b ? -1 : 1)));
    }) ?? 'undefined'
  );
}
