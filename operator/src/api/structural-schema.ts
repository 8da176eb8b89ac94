import * as z from 'zod';
import { INT_OR_STRING } from './spec/resources.ts';

/** A structural schema of Kubernetes: OpenAPI 3.0 with `x-kubernetes-*`. */
export type StructuralSchema = { readonly [key: string]: unknown };

const QUANTITY = {
  'x-kubernetes-int-or-string': true,
  maxLength: 32,
  pattern: '^([0-9]+)(\\.[0-9]+)?(m|k|Ki|M|Mi|G|Gi|T|Ti)?$',
};

/** Translates a Zod schema into the structural schema of a CRD: `io` is `input`, so that defaulted fields may be left out. */
export function structuralSchema(schema: z.ZodType): StructuralSchema {
  return convert(z.toJSONSchema(schema, { target: 'openapi-3.0', io: 'input' })) as StructuralSchema;
}

function convert(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(convert);
  if (typeof node !== 'object' || node === null) return node;
  const source = node as Readonly<Record<string, unknown>>;
  if (source['override'] === INT_OR_STRING) {
    const { description, default: fallback } = source;
    return { ...QUANTITY, description, ...(fallback === undefined ? {} : { default: fallback }) };
  }
  const result: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(source)) {
    if (isNoBound(key, value) || key === 'propertyNames' || key === '$schema') continue;
    result[key] = key === 'default' || key === 'enum' || key.startsWith('x-kubernetes-') ? value : convert(value);
  }
  // The API server checks a default against the rules of its object before it fills in the defaults inside: say them all.
  if (result['default'] !== undefined && result['properties'] !== undefined) {
    result['default'] = {
      ...defaultsOf(result['properties'] as Readonly<Record<string, StructuralSchema>>),
      ...(result['default'] as object),
    };
  }
  return result;
}

/** Zod bounds every integer by what JavaScript can hold. */
function isNoBound(key: string, value: unknown): boolean {
  return (key === 'minimum' || key === 'maximum') && Math.abs(Number(value)) === Number.MAX_SAFE_INTEGER;
}

function defaultsOf(properties: Readonly<Record<string, StructuralSchema>>): Record<string, unknown> {
  const fields = Object.entries(properties).filter(([, field]) => field['default'] !== undefined);
  return Object.fromEntries(fields.map(([name, field]) => [name, field['default']]));
}
