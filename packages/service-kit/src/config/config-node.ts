import { z } from 'zod';
import { configSchema } from './config-schema.ts';

/** A key of the configuration as JSON Schema describes it. */
export interface ConfigNode {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly properties?: Readonly<Record<string, ConfigNode>>;
  readonly items?: ConfigNode;
  readonly required?: readonly string[];
  /** What a value must be, where the schema's own words would not say it. */
  readonly rule?: string;
}

/** The configuration file as JSON Schema (2020-12), for editors and validators. */
export function configJsonSchema(): ConfigNode {
  return z.toJSONSchema(configSchema, { io: 'input' }) as ConfigNode;
}

/** The node of a path; undefined where there is none. */
export function nodeAt(root: ConfigNode, path: readonly PropertyKey[]): ConfigNode | undefined {
  return path.reduce<ConfigNode | undefined>(
    (node, key) => (typeof key === 'number' ? node?.items : node?.properties?.[String(key)]),
    root,
  );
}

/** What a value of the node must be: completes "must be". */
export function ruleOf(node: ConfigNode): string {
  if (node.rule !== undefined) return node.rule;
  if (node.enum !== undefined) return `one of ${node.enum.join(', ')}`;
  switch (node.type) {
    case 'integer':
      return `a whole number ${rangeOf(node)}`;
    case 'number':
      return `a number ${rangeOf(node)}`;
    case 'boolean':
      return 'true or false';
    case 'array':
      return `a list${node.minItems === undefined ? '' : ` of at least ${node.minItems}`}`;
    case 'object':
      return `an object with ${Object.keys(node.properties ?? {}).join(', ')}`;
    default:
      return 'a text';
  }
}

function rangeOf({ minimum = Number.NEGATIVE_INFINITY, maximum = Number.MAX_SAFE_INTEGER }: ConfigNode): string {
  const least = Number(minimum.toPrecision(6));
  return maximum === Number.MAX_SAFE_INTEGER ? `from ${least}` : `from ${least} to ${maximum}`;
}
