import * as z from 'zod';

/** A CEL rule of the API server, on the value it is written at. Every sentence names field, value and remedy. */
export interface Rule {
  /** True for values that are allowed. */
  readonly rule: string;
  /** The sentence; {…} holds a CEL expression, so that it can name the value. */
  readonly says: string;
}

interface KubernetesRule {
  readonly rule: string;
  readonly message: string;
  readonly messageExpression: string;
}

/** Puts rules on a schema. Rules that were there stay. */
export function withRules<Schema extends z.ZodType>(schema: Schema, ...rules: readonly Rule[]): Schema {
  const before = (schema.meta()?.['x-kubernetes-validations'] ?? []) as readonly KubernetesRule[];
  const added = rules.map(({ rule, says }) => ({
    rule,
    // Shown where the expression cannot be evaluated.
    message: says.replaceAll(EXPRESSION, '…'),
    messageExpression: sentence(says),
  }));
  return schema.meta({ ...schema.meta(), 'x-kubernetes-validations': [...before, ...added] });
}

/** A value that cannot change once it is set. */
export function immutable<Schema extends z.ZodType>(schema: Schema, field: string, why: string): Schema {
  return withRules(schema, {
    rule: 'self == oldSelf',
    says: `${field} cannot change once set: ${why}. Set it back, or make a new ForecastCluster with another name`,
  });
}

/** An object whose defaults are filled in also where the whole of it is left out. */
export function group<Shape extends z.core.$ZodShape>(shape: Shape, description: string) {
  return z
    .object(shape)
    .describe(description)
    .prefault({} as never);
}

/** A name of a Secret in the same namespace; empty: none. */
export function secretName(description: string) {
  return z
    .string()
    .max(253)
    .regex(/^([a-z0-9]([-a-z0-9.]*[a-z0-9])?)?$/)
    .default('')
    .describe(description);
}

const EXPRESSION = /\{([^}]+)\}/g;

/** One call of format: the API server takes the length of every string it adds to another for unbounded. */
function sentence(says: string): string {
  const values = [...says.matchAll(EXPRESSION)].map(([, expression]) => expression);
  const quoted = `'${says.replaceAll('%', '%%').replaceAll(EXPRESSION, '%s').replaceAll("'", "\\'")}'`;
  return values.length === 0 ? quoted : `${quoted}.format([${values.join(', ')}])`;
}
