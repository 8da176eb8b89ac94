import { type DescField, type DescMessage, fromJson, type JsonObject, type JsonValue } from '@bufbuild/protobuf';
import { enumNumber, notAWord } from '@isotherm/enum-words';
import { type FieldViolation, toConnectError } from '@isotherm/service-kit';
import { isCalendarDay } from './instant-text.ts';
import { invalidRequest } from './validation.ts';

/** Problems that an answer names; a request with more of them is no better told by a longer list. */
const MAX_PROBLEMS = 20;
const MAX_SHOWN = 100;
/** Objects and lists within one another: no request of ours has more than five. */
const MAX_DEPTH = 32;

/**
 * Reads the JSON of a request and returns it with the names and numbers that every JSON codec of protobuf knows. A key
 * that is no field, an enum value that nobody defined and a value of the wrong kind are errors, never left out; enum
 * values may be named by their short words.
 *
 * @throws REQUEST_INVALID with key or field, the value and what is allowed
 */
function readRequestJson(desc: DescMessage, text: string): JsonObject {
  const json = parse(text);
  const problems: FieldViolation[] = [];
  const canonical = readMessage(desc, json, { path: '', problems });
  if (problems.length === 0) checkKinds(desc, canonical, problems);
  if (problems.length > 0) throw invalidRequest(problems.slice(0, MAX_PROBLEMS));
  return canonical;
}

/** A decoder that gives a JSON codec the canonical JSON of a message. */
export function requestJsonDecoder(desc: DescMessage): { decode(bytes: Uint8Array): string } {
  const utf8 = new TextDecoder('utf-8', { fatal: true });
  return {
    decode(bytes) {
      try {
        return JSON.stringify(readRequestJson(desc, decodeText(utf8, bytes)));
      } catch (error) {
        throw toConnectError(error);
      }
    },
  };
}

interface Place {
  readonly path: string;
  readonly problems: FieldViolation[];
}

function decodeText(decoder: { decode(bytes: Uint8Array): string }, bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw invalidRequest([{ field: 'body', description: 'is not UTF-8' }], cause);
  }
}

function parse(text: string): JsonObject {
  requireShallow(text);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw invalidRequest([{ field: 'body', description: `is no JSON: ${reason}` }], cause);
  }
  if (isObject(json)) return json;
  throw invalidRequest([{ field: 'body', description: `must be a JSON object, not ${shown(json)}` }]);
}

/** Before anything is made of it: a parser pays for each level, and whoever names what is wrong for each once more. */
function requireShallow(text: string): void {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at);
    else if (code === OPEN_BRACE || code === OPEN_BRACKET) depth++;
    else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) depth--;
    if (depth > MAX_DEPTH) {
      throw invalidRequest([{ field: 'body', description: `has more than ${MAX_DEPTH} levels of objects and lists` }]);
    }
  }
}

const [QUOTE, BACKSLASH, OPEN_BRACE, OPEN_BRACKET, CLOSE_BRACE, CLOSE_BRACKET] = [0x22, 0x5c, 0x7b, 0x5b, 0x7d, 0x5d];

function endOfString(text: string, from: number): number {
  let at = from + 1;
  while (at < text.length && text.charCodeAt(at) !== QUOTE) at += text.charCodeAt(at) === BACKSLASH ? 2 : 1;
  return at;
}

function readMessage(desc: DescMessage, json: JsonObject, { path, problems }: Place): JsonObject {
  const fields = new Map<DescField, JsonValue>();
  for (const [key, value] of Object.entries(json)) {
    if (problems.length >= MAX_PROBLEMS) break;
    const field = desc.fields.find(({ name, jsonName }) => key === name || key === jsonName);
    if (field === undefined) {
      problems.push({ field: path + key, description: `is no field of ${desc.name}; ${allowedKeys(desc, key)}` });
    } else if (fields.has(field)) {
      problems.push({ field: path + field.name, description: 'is given twice, under both of its names' });
    } else {
      fields.set(field, readField(field, value, { path: path + field.name, problems }));
    }
  }
  return Object.fromEntries([...fields].map(([{ jsonName }, value]) => [jsonName, value]));
}

function readField(field: DescField, value: JsonValue, place: Place): JsonValue {
  if (field.fieldKind !== 'list') return readValue(field, value, place);
  if (!Array.isArray(value)) return value;
  return value.map((item, i) => readValue(field, item, { ...place, path: `${place.path}[${i}]` }));
}

function readValue(field: DescField, value: JsonValue, place: Place): JsonValue {
  const { enum: desc, message } = field;
  const refuse = (description: string) => place.problems.push({ field: place.path, description });
  if (desc !== undefined) {
    const number = typeof value === 'string' ? enumNumber(desc, value) : value;
    if (number === undefined || (typeof number === 'number' && desc.value[number] === undefined)) {
      refuse(notAWord(desc, String(value)));
    }
    return number ?? null;
  }
  if (message?.typeName === 'google.protobuf.Timestamp' && typeof value === 'string' && !isCalendarDay(value)) {
    refuse(`${shown(value)} is no day of the calendar`);
  }
  if (message !== undefined && isObject(value) && !message.typeName.startsWith('google.protobuf.')) {
    return readMessage(message, value, { ...place, path: `${place.path}.` });
  }
  if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value) && isLong(field)) {
    refuse(`${value} is past 2⁵³, where JSON numbers are not exact: send it as a string`);
  }
  return value;
}

/** Finds the values that are of the wrong kind, by what the codec says of each of them alone. */
function checkKinds(desc: DescMessage, json: JsonObject, problems: FieldViolation[]): void {
  if (codecProblem(desc, json) === undefined) return;
  findWrongKinds(desc, json, { path: '', problems });
  if (problems.length === 0) problems.push({ field: 'body', description: codecProblem(desc, json) ?? 'is not valid' });
}

function findWrongKinds(desc: DescMessage, json: JsonObject, { path, problems }: Place): void {
  for (const field of desc.fields) {
    const value = json[field.jsonName];
    if (value === undefined) continue;
    const items = field.fieldKind === 'list' && Array.isArray(value) ? value : [value];
    for (const [i, item] of items.entries()) {
      const alone = { [field.jsonName]: field.fieldKind === 'list' && Array.isArray(value) ? [item] : item };
      if (codecProblem(desc, alone) === undefined) continue;
      const place = `${path}${field.name}${Array.isArray(value) ? `[${i}]` : ''}`;
      const before = problems.length;
      if (field.message !== undefined && isObject(item)) {
        findWrongKinds(field.message, item, { path: `${place}.`, problems });
      }
      if (problems.length > before) continue;
      problems.push({ field: place, description: `must be ${kindOf(field)}, not ${shown(item)}` });
    }
  }
}

function codecProblem(desc: DescMessage, json: JsonObject): string | undefined {
  try {
    fromJson(desc, json);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** What a field takes, in words. */
function kindOf(field: DescField): string {
  const one = kindOfValue(field);
  return field.fieldKind === 'list' ? `a list, each item ${one}` : one;
}

function kindOfValue({ message, enum: desc, scalar }: DescField): string {
  if (message?.typeName === 'google.protobuf.Timestamp') return 'a time with its zone, like "2026-03-01T12:00:00Z"';
  if (message?.typeName === 'google.protobuf.Duration') return 'a duration in seconds, like "1.5s"';
  if (message !== undefined) return `an object (${message.name})`;
  if (desc !== undefined) return 'a word';
  switch (scalar) {
    case 8:
      return 'true or false';
    case 9:
      return 'a string';
    case 12:
      return 'a string in base64';
    case 1:
    case 2:
      return 'a number';
    case 13:
    case 7:
      return 'a whole number from 0 to 4294967295';
    case 4:
    case 6:
      return 'a whole number of at least 0';
    default:
      return 'a whole number';
  }
}

function isLong({ scalar }: DescField): boolean {
  return scalar !== undefined && [3, 4, 6, 16, 18].includes(scalar);
}

function allowedKeys(desc: DescMessage, key: string): string {
  const squashed = squash(key);
  const meant = desc.fields.find(({ name }) => squash(name) === squashed);
  const names = desc.fields.map(({ name }) => name).join(', ');
  if (names === '') return 'it has none';
  return meant === undefined ? `its fields are ${names}` : `did you mean ${meant.name}? Its fields are ${names}`;
}

function squash(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}
