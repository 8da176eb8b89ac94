import { readFileSync } from 'node:fs';
import { resolveTenants } from '@isotherm/service-kit';
import { expect, it } from 'vitest';
import { resolveIngestLimits } from '../ingest-options.ts';
import { ADMISSION_REFUSALS } from './admission-errors.ts';

/** Rows of the table of ids in docs/operating/limits.md. */
function documentedIds(): readonly (readonly [id: string, setting: string, fallback: string])[] {
  const text = readFileSync(new URL('../../../../docs/operating/limits.md', import.meta.url), 'utf8');
  const rows = [...text.matchAll(/^\| `([A-Z_]+)` \| `(\w+)` \| ([^|]+) \| [^|]+ \|$/gm)];
  return rows.map(([, id = '', setting = '', fallback = '']) => [id, setting, fallback]);
}

it('docs/operating/limits.md names every id with its setting and default', () => {
  const limits = resolveIngestLimits();
  const { tenants, connection } = resolveTenants({}, limits.maxPendingBytes);
  const defaults: Readonly<Record<string, number>> = { ...limits, ...tenants[0]?.limits, ...connection };
  const documented = documentedIds();
  expect(documented.map(([id, setting]) => [id, setting])).toEqual(Object.entries(ADMISSION_REFUSALS));
  for (const [, setting, fallback] of documented) expect(fallback.split(';')[0]).toBe(String(defaults[setting]));
});

it('a tenant with a token has half of the room of ingest, as documented', () => {
  const fallback = documentedIds().find(([id]) => id === 'TENANT_IN_FLIGHT_EXCEEDED')?.[2];
  expect(fallback).toBe('0; with tokens half of `maxPendingBytes`');
  const { tenants } = resolveTenants({ tenants: [{ name: 'a', tokens: ['token-of-a-tenant'] }] }, 1_000);
  expect(tenants[0]?.limits.maxBytesInFlight).toBe(500);
});
