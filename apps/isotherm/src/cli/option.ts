import { Option } from 'commander';

/** An option that can come by flag, environment or file. */
export function option(
  flags: string,
  description: string,
  from: { readonly env?: string; readonly fallback?: unknown; readonly parse?: (text: string) => unknown } = {},
): Option {
  const made = new Option(flags, description);
  if (from.fallback !== undefined) made.default(from.fallback);
  if (from.env !== undefined) made.env(from.env);
  const { parse } = from;
  if (parse !== undefined) made.argParser((text) => parse(text));
  return made;
}
