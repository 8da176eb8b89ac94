/**
 * Fields of a line of CSV, quotes as in RFC 4180; undefined where a quote is not closed.
 *
 * A line at a time, so that damage stays in its line: a general CSV reader takes everything after an unclosed quote for
 * one field, and a file's remaining lines with it. Readings have no reason to hold line breaks.
 */
export function splitLine(line: string): string[] | undefined {
  if (!line.includes('"')) return line.split(',');
  const fields: string[] = [];
  let rest = line;
  for (;;) {
    const quoted = /^\s*"((?:[^"]|"")*)"\s*(?:,|$)/.exec(rest);
    if (quoted === null && /^\s*"/.test(rest)) return undefined;
    const plain = quoted === null ? /^([^,]*)(?:,|$)/.exec(rest) : null;
    const [whole = '', field = ''] = quoted ?? plain ?? [];
    fields.push(quoted === null ? field : field.replaceAll('""', '"'));
    if (!whole.endsWith(',')) return fields;
    rest = rest.slice(whole.length);
  }
}
