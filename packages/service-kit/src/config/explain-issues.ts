import type { z } from 'zod';
import type { FieldViolation } from '../isotherm-error.ts';
import { type ConfigNode, configJsonSchema, nodeAt, ruleOf } from './config-node.ts';
import { nearestKey } from './nearest-key.ts';

type Issue = z.core.$ZodIssue;

/** What is wrong with a configuration, each as key and a sentence with value, rule and, for an unknown key, the nearest known one. */
export function explainIssues(issues: readonly Issue[], input: unknown): readonly FieldViolation[] {
  const root = configJsonSchema();
  return issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => unknownKey(root, issue.path, key))
      : [wrongValue(root, issue, valueAt(input, issue.path))],
  );
}

function unknownKey(root: ConfigNode, path: readonly PropertyKey[], key: string): FieldViolation {
  const known = Object.keys(nodeAt(root, path)?.properties ?? {});
  const nearest = nearestKey(key, known);
  const hint = nearest === undefined ? '' : `; did you mean ${nearest}?`;
  const field = fieldOf([...path, key]);
  return { field, description: `${field} is no key${hint} (keys there: ${known.join(', ')})` };
}

function wrongValue(root: ConfigNode, issue: Issue, value: unknown): FieldViolation {
  const field = fieldOf(issue.path);
  const node = nodeAt(root, issue.path);
  if (issue.code === 'custom' && node?.properties !== undefined) {
    return { field, description: `${field} ${issue.message}` };
  }
  const rule = node === undefined ? issue.message : `must be ${ruleOf(node)}`;
  const found = value === undefined ? 'is missing' : `is ${shown(value)}`;
  return { field, description: `${field} ${found}, but ${rule}` };
}

/** `placement.static.shards[0].name` */
function fieldOf(path: readonly PropertyKey[]): string {
  const text = path.reduce<string>(
    (field, key) => (typeof key === 'number' ? `${field}[${key}]` : `${field}${field === '' ? '' : '.'}${String(key)}`),
    '',
  );
  return text === '' ? 'the file' : text;
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key], input);
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}
