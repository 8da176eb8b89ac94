import { createHash } from 'node:crypto';
import { isLeftAlone } from './left-alone.ts';
import { type Mutant, mutated } from './mutant.ts';
import { type Change, changesOf } from './operators.ts';
import { childrenOf, isNode, type Node, nameOf, parse } from './syntax-tree.ts';

/** What mutants of a file are called apart by. */
interface Context {
  readonly file: string;
  readonly source: string;
  /** Names of the classes and functions around. */
  readonly path: readonly string[];
}

const NAMED = [
  'ClassDeclaration',
  'FunctionDeclaration',
  'MethodDefinition',
  'PropertyDefinition',
  'VariableDeclarator',
  'Property',
];
const MAX_SHOWN = 110;

/** All mutants of a source, in its order; each one can be parsed. */
export function findMutants(file: string, source: string): Mutant[] {
  const mutants: Mutant[] = [];
  const taken = new Map<string, number>();
  visit(parse(source), { file, source, path: [] }, (change, path) => {
    if (!parses(mutated(source, change))) return;
    const shown = linesOf(source, change);
    const key = [file, ...path, change.operator, shown.before, shown.after].join('\n');
    const count = taken.get(key) ?? 0;
    taken.set(key, count + 1);
    const id = createHash('sha256').update(`${key}\n${count}`).digest('hex').slice(0, 10);
    const line = source.slice(0, change.start).split('\n').length;
    mutants.push({ id, file, line, ...change, ...shown });
  });
  return mutants;
}

function visit(node: Node, context: Context, found: (change: Change, path: readonly string[]) => void): void {
  if (isLeftAlone(node)) return;
  for (const change of changesOf(node, context.source)) found(change, context.path);
  // What is thrown is text for people; that it is thrown is a fault of the statement.
  if (node.type === 'ThrowStatement') return;
  const own = NAMED.includes(node.type) ? nameOf(node['id'] ?? node['key']) : '';
  const path = own === '' ? context.path : [...context.path, own];
  for (const child of childrenOf(node)) {
    if (isAnnotation(node, child)) continue;
    visit(child, { ...context, path }, found);
  }
}

/** Names of properties are no places for faults, and default values of private counters are. */
function isAnnotation(node: Node, child: Node): boolean {
  const named = ['MethodDefinition', 'PropertyDefinition', 'Property'].includes(node.type);
  return (
    named && node['key'] === child && node['computed'] !== true && isNode(node['value']) && node['value'] !== child
  );
}

function parses(source: string): boolean {
  try {
    parse(source);
    return true;
  } catch {
    return false;
  }
}

/** The lines that change, before and after. */
function linesOf(source: string, change: Change): { readonly before: string; readonly after: string } {
  const from = source.lastIndexOf('\n', change.start - 1) + 1;
  const lineEnd = source.indexOf('\n', change.end);
  const to = lineEnd < 0 ? source.length : lineEnd;
  const before = source.slice(from, to);
  const after = source.slice(from, change.start) + change.replacement + source.slice(change.end, to);
  return { before: inOneLine(before), after: inOneLine(after) };
}

function inOneLine(text: string): string {
  const line = text.trim().replaceAll(/\s+/g, ' ');
  return line.length > MAX_SHOWN ? `${line.slice(0, MAX_SHOWN)}…` : line;
}
