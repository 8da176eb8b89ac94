/** A value as JSON: times in ISO 8601, missing as null, big integers as numbers where exact and text otherwise. */
export function toJson(value: unknown, indent = 2): string {
  return JSON.stringify(
    value,
    (_key, field: unknown) => {
      if (typeof field === 'bigint')
        return BigInt(Number(field)) === field && field <= 2n ** 53n ? Number(field) : String(field);
      if (typeof field === 'number' && !Number.isFinite(field)) return null;
      if (typeof field === 'object' && field !== null && !Array.isArray(field) && !(field instanceof Date)) {
        return Object.fromEntries(
          Object.entries(field).map(([key, inner]) => [key, inner === undefined ? null : inner]),
        );
      }
      return field;
    },
    indent,
  );
}
