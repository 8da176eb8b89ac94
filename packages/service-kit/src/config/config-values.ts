import { z } from 'zod';

// `rule` completes the sentence "… must be": it stands in errors and in the reference.

/** A path of a file or directory, relative to the working directory. */
export const path = () => z.string().min(1).meta({ rule: 'a path' });

/** A path, or '' for none. */
export const optionalPath = () => z.string().meta({ rule: "a path, or '' for none" }).default('');

const HOST_PORT = /^(?:\[[0-9a-fA-F:.]+\]|[A-Za-z0-9_.-]+):([1-9][0-9]{0,4})$/;

/** Where a service listens: `host:port`, `[::1]:port`. */
export const hostPort = () =>
  z
    .string()
    .refine((text) => Number(HOST_PORT.exec(text)?.[1]) < 65_536)
    .meta({ rule: 'host:port, as in kafka:9092' });

/** A base URL over HTTP. */
export const httpUrl = () =>
  z
    .string()
    .refine((text) => isHttpUrl(text) && URL.parse(text)?.pathname === '/')
    .meta({ rule: 'a URL without path, as in https://clickhouse:8443' });

/** A base URL over HTTP, or '' for none. */
export const optionalHttpUrl = () =>
  z
    .string()
    .refine((text) => text === '' || isHttpUrl(text))
    .meta({ rule: "a URL, as in http://127.0.0.1:4318, or '' for none" })
    .default('');

function isHttpUrl(text: string): boolean {
  const url = URL.parse(text);
  // A password in a URL would be a secret in the file.
  return url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.search === '';
}

/** A name that DNS takes as a label. */
export const dnsLabel = () =>
  z
    .string()
    .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/)
    .meta({ rule: '1 to 63 small letters, digits and, inside, dashes' });

/** A whole number within a range. */
export const whole = (least: number, most: number) => z.int().min(least).max(most);

/** An object with exactly one of these keys, beside others. */
export function exactlyOneOf<Shape extends z.ZodRawShape>(shape: Shape, keys: readonly (keyof Shape & string)[]) {
  const choices = `exactly one of ${keys.join(', ')}`;
  return z.strictObject(shape).superRefine((value, context) => {
    const given = keys.filter((key) => (value as Readonly<Record<string, unknown>>)[key] !== undefined);
    if (given.length === 1) return;
    const message =
      given.length === 0 ? `must have ${choices}` : `has ${given.join(' and ')}, but must have ${choices}`;
    context.addIssue({ code: 'custom', message });
  });
}
