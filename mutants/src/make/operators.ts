import { isNode, type Node, nameOf } from './syntax-tree.ts';

/** A stretch of the source and what may stand there instead. */
export interface Change {
  readonly operator: string;
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
}

const BOUNDARIES: Readonly<Record<string, string>> = {
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '===': '!==',
  '!==': '===',
};
const ARITHMETIC: Readonly<Record<string, string>> = {
  '+': '-',
  '-': '+',
  '*': '/',
  '/': '*',
  '%': '*',
  '<<': '>>',
  '>>': '<<',
  '>>>': '<<',
  '&': '|',
  '|': '&',
  '^': '&',
};
const ASSIGNMENTS: Readonly<Record<string, string>> = {
  '+=': '-=',
  '-=': '+=',
  '??=': '=',
  '||=': '=',
  '&&=': '=',
  '|=': '&=',
  '&=': '|=',
};
const METHODS: Readonly<Record<string, string>> = {
  min: 'max',
  max: 'min',
  floor: 'ceil',
  ceil: 'floor',
  some: 'every',
  every: 'some',
};

/** Faults that a node can have. */
export function changesOf(node: Node, source: string): Change[] {
  switch (node.type) {
    case 'IfStatement':
    case 'ConditionalExpression':
    case 'WhileStatement':
      return negated(node['test'], source);
    case 'ForStatement':
      return isNode(node['test']) ? [over(node['test'], 'never loop', 'false')] : [];
    case 'BinaryExpression':
      return [
        ...betweenOperands(node, source, { others: BOUNDARIES, operator: 'flip comparison' }),
        ...betweenOperands(node, source, { others: ARITHMETIC, operator: 'other arithmetic' }),
      ];
    case 'LogicalExpression':
      return logical(node, source);
    case 'AssignmentExpression':
      return betweenOperands(node, source, { others: ASSIGNMENTS, operator: 'other assignment' });
    case 'UpdateExpression':
      return updated(node);
    case 'UnaryExpression':
      return node['operator'] === '!' ? [over(node, 'drop not', `(${textOf(node['argument'], source)})`)] : [];
    case 'Literal':
      return literal(node);
    case 'AwaitExpression':
      return [over(node, 'drop await', `(${textOf(node['argument'], source)})`)];
    case 'CallExpression':
      return otherMethod(node);
    case 'ExpressionStatement':
      return typeof node['directive'] !== 'string' ? [over(node, 'drop statement', ';')] : [];
    case 'ThrowStatement':
      return [over(node, 'drop throw', ';')];
    case 'ContinueStatement':
    case 'BreakStatement':
      return [over(node, `drop ${node.type === 'BreakStatement' ? 'break' : 'continue'}`, ';')];
    case 'ReturnStatement':
      return emptyReturn(node);
    case 'ArrowFunctionExpression':
      return emptyArrow(node);
    default:
      return [];
  }
}

function over(node: Node, operator: string, replacement: string): Change {
  return { operator, start: node.start, end: node.end, replacement };
}

function textOf(node: unknown, source: string): string {
  return isNode(node) ? source.slice(node.start, node.end) : '';
}

function negated(test: unknown, source: string): Change[] {
  if (!isNode(test)) return [];
  // These have a fault of their own that is the same.
  const own = test.type === 'UnaryExpression' && test['operator'] === '!';
  const comparison = test.type === 'BinaryExpression' && /^[!=]==$/.test(String(test['operator']));
  return own || comparison ? [] : [over(test, 'negate condition', `!(${textOf(test, source)})`)];
}

/** Replaces the operator between left and right, wherever spaces and comments are. */
function betweenOperands(
  node: Node,
  source: string,
  { others, operator }: { readonly others: Readonly<Record<string, string>>; readonly operator: string },
): Change[] {
  const sign = String(node['operator']);
  const other = others[sign];
  const { left, right } = node;
  if (other === undefined || !isNode(left) || !isNode(right)) return [];
  // Texts are put together with + as well: no number would come of the opposite.
  if (sign === '+' && [left, right].some(isText)) return [];
  const start = source.indexOf(sign, left.end);
  if (start < 0 || start >= right.start) return [];
  return [{ operator, start, end: start + sign.length, replacement: other }];
}

function isText(node: Node): boolean {
  return node.type === 'TemplateLiteral' || (node.type === 'Literal' && typeof node['value'] === 'string');
}

function logical(node: Node, source: string): Change[] {
  const { left, right, operator: sign } = node;
  if (!isNode(left) || !isNode(right)) return [];
  if (sign === '??') {
    return [
      over(node, 'drop default', `(${textOf(left, source)})`),
      over(node, 'always default', `(${textOf(right, source)})`),
    ];
  }
  const other = sign === '&&' ? '||' : '&&';
  // Parentheses: || and && may not stand beside ??, and && binds closer.
  return [over(node, 'swap && and ||', `((${textOf(left, source)}) ${other} (${textOf(right, source)}))`)];
}

function updated(node: Node): Change[] {
  const { argument, operator: sign, prefix } = node;
  if (!isNode(argument)) return [];
  const replacement = sign === '++' ? '--' : '++';
  return prefix === true
    ? [{ operator: 'other direction', start: node.start, end: node.start + 2, replacement }]
    : [{ operator: 'other direction', start: node.end - 2, end: node.end, replacement }];
}

function literal(node: Node): Change[] {
  const { value } = node;
  if (typeof value === 'boolean') return [over(node, 'other constant', String(!value))];
  if (typeof value !== 'number') return [];
  const plus = over(node, 'one more', `(${value + 1})`);
  return value >= 1 ? [plus, over(node, 'one less', `(${value - 1})`)] : [plus];
}

function otherMethod(node: Node): Change[] {
  const { callee } = node;
  if (!isNode(callee) || callee.type !== 'MemberExpression' || !isNode(callee['property'])) return [];
  const other = METHODS[nameOf(callee)];
  return other === undefined ? [] : [over(callee['property'], 'other method', other)];
}

/** What is undefined already stays the same; of true and false the opposite is a fault of its own. */
function emptyReturn(node: Node): Change[] {
  const { argument } = node;
  if (!isNode(argument)) return [over(node, 'drop return', ';')];
  const same = argument.type === 'Identifier' && argument['name'] === 'undefined';
  const own = argument.type === 'Literal' && typeof argument['value'] === 'boolean';
  return same || own ? [] : [over(node, 'empty return', 'return undefined;')];
}

/** `() => x` becomes `() => undefined`. */
function emptyArrow(node: Node): Change[] {
  const { body } = node;
  if (!isNode(body) || body.type === 'BlockStatement') return [];
  return [over(body, 'empty return', 'undefined')];
}
