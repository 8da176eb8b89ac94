const ESCAPES: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', b: '\b', f: '\f', '0': '\0' };

/** Text as ClickHouse escapes it in parameters and tab-separated values, in plain. */
export function unescaped(text: string): string {
  return text.replace(/\\(.)/gs, (_, character: string) => ESCAPES[character] ?? character);
}

/** The elements of a flat array literal of strings or numbers, as in `['it\'s',2]`; undefined if it is none. */
export function parseArrayLiteral(text: string): (string | number)[] | undefined {
  if (!/^\s*\[.*\]\s*$/s.test(text)) return undefined;
  const inside = text.trim().slice(1, -1);
  const element = /\s*(?:'((?:[^'\\]|\\.)*)'|(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?))\s*(,|$)/gsy;
  const elements: (string | number)[] = [];
  while (element.lastIndex < inside.length) {
    const match = element.exec(inside);
    if (match === null) return undefined;
    elements.push(match[1] === undefined ? Number(match[2]) : unescaped(match[1]));
  }
  return elements;
}
