import { parseAst } from 'vite';

/** A node of a syntax tree in ESTree's form; positions in UTF-16 units. */
export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

/** Parses TypeScript. @throws if it is none. */
export function parse(source: string): Node {
  return parseAst(source, { lang: 'ts' }) as unknown as Node;
}

/** Whether a value is a node. */
export function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value;
}

/** Child nodes in the order of the source. */
export function childrenOf(node: Node): Node[] {
  const children: Node[] = [];
  for (const value of Object.values(node)) {
    if (isNode(value)) children.push(value);
    else if (Array.isArray(value)) children.push(...value.filter(isNode));
  }
  return children.sort((a, b) => a.start - b.start);
}

/** Name of a plain or private identifier, or of a member's last part; empty for anything else. */
export function nameOf(node: unknown): string {
  if (!isNode(node)) return '';
  switch (node.type) {
    case 'Identifier':
    case 'PrivateIdentifier':
      return String(node['name']);
    case 'MemberExpression':
      return nameOf(node['property']);
    case 'ChainExpression':
    case 'TSNonNullExpression':
      return nameOf(node['expression']);
    default:
      return '';
  }
}
