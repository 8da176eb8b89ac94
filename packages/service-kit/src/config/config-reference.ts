import { type ConfigNode, configJsonSchema, ruleOf } from './config-node.ts';

/** Every key of the configuration as a table in Markdown. */
export function configReference(): string {
  const rows = rowsOf(configJsonSchema(), '');
  return ['| key | must be | default | |', '|---|---|---|---|', ...rows].join('\n');
}

function rowsOf(node: ConfigNode, prefix: string): readonly string[] {
  return Object.entries(node.properties ?? {}).flatMap(([name, child]) => {
    const key = `${prefix}${name}`;
    const below = child.properties ?? child.items?.properties;
    const nested =
      below === undefined ? [] : rowsOf(child.items ?? child, `${key}${child.items === undefined ? '.' : '[].'}`);
    return [rowOf(key, child, node.required?.includes(name) === true), ...nested];
  });
}

function rowOf(key: string, node: ConfigNode, required: boolean): string {
  const rule =
    node.properties !== undefined ? '' : node.items?.rule === undefined ? ruleOf(node) : `list: ${ruleOf(node.items)}`;
  const isSection = node.properties !== undefined;
  const shown = node.default === undefined || isSection ? '' : `\`${JSON.stringify(node.default)}\``;
  return `| \`${key}\` | ${cell(rule)} | ${required ? 'required' : shown} | ${cell(node.description ?? '')} |`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
