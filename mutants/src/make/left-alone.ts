import { isNode, type Node, nameOf } from './syntax-tree.ts';
import { TUNING_CONSTANTS } from './tuning-constants.ts';

/** Whoever is told things that decide nothing: log lines, spans, metrics. */
const TOLD =
  /^(logger|log(Line)?|span|tracer|telemetry|meter|traceTrail|trail|traces?|progress|warn|info|error|debug)$/;
/** Makers of errors and of their texts. */
const ERROR = /(Error|Violation)$/;
/** Names of texts for people. */
const TEXT = /^(message|advice|description|reason)$/;
const WRAPPERS = ['TSAsExpression', 'TSNonNullExpression', 'TSSatisfiesExpression'];

/** Whether nothing in the node changes what the program does, or it is text for people, or tuning: types, imports, log lines, errors. */
export function isLeftAlone(node: Node): boolean {
  if (node.type.startsWith('TS')) return !WRAPPERS.includes(node.type);
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportAllDeclaration':
      return true;
    case 'ExpressionStatement':
      return isNode(node['expression']) && isLeftAlone(node['expression']);
    case 'CallExpression':
      return isTelling(node['callee']);
    case 'NewExpression':
      return ERROR.test(nameOf(node['callee']));
    case 'VariableDeclarator':
      return TEXT.test(nameOf(node['id'])) || nameOf(node['id']) in TUNING_CONSTANTS;
    case 'Property':
      return TEXT.test(nameOf(node['key']));
    default:
      return false;
  }
}

/** A call on a logger or span, however it is reached: `this.#deps.logger.warn`. */
function isTelling(callee: unknown): boolean {
  let at: unknown = isNode(callee) && callee.type === 'MemberExpression' ? callee['object'] : undefined;
  while (isNode(at)) {
    if (/^(logger|span|tracer|telemetry|meter|trail)$/.test(nameOf(at).replace(/^#/, ''))) return true;
    at = at.type === 'MemberExpression' ? at['object'] : undefined;
  }
  return isNode(callee) && callee.type === 'Identifier' && TOLD.test(nameOf(callee));
}
