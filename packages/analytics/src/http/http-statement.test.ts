import { describe, expect, it } from 'vitest';
import { parseArrayLiteral, unescaped } from './array-literal.ts';
import { insertParts, toHttpStatement } from './http-statement.ts';

describe('statements of the HTTP interface', () => {
  it('take the body for the query where the URL has none, for data otherwise', () => {
    const body = Buffer.from('SELECT 1');
    expect(toHttpStatement(new URL('http://x/'), body)).toMatchObject({ query: 'SELECT 1', data: undefined });
    expect(toHttpStatement(new URL('http://x/?query=INSERT'), body)).toMatchObject({ query: 'INSERT', data: body });
  });

  it('tell parameters and settings from what concerns the transport', () => {
    const url = new URL(
      "http://x/?query=SELECT {a:String}, {b:Array(String)}&param_a=it\\'s&param_b=['x\\'y','z']&max_threads=1&wait_end_of_query=1",
    );
    expect(toHttpStatement(url, Buffer.alloc(0))).toMatchObject({
      parameters: { a: "it's", b: ["x'y", 'z'] },
      settings: [['max_threads', '1']],
    });
  });

  it('read inserts from a file where their data came in the body', () => {
    expect(insertParts('INSERT INTO t (a) FORMAT Native')?.statement("'/f'")).toBe(
      "INSERT INTO t (a) SELECT * FROM file('/f', 'Native')",
    );
    const input = "INSERT INTO t (a) SELECT x + 1 FROM input('x UInt8') SETTINGS max_threads = 1 FORMAT Native";
    expect(insertParts(input)?.statement("'/f'")).toBe(
      "INSERT INTO t (a) SELECT x + 1 FROM file('/f', 'Native', 'x UInt8') SETTINGS max_threads = 1",
    );
    expect(insertParts('SELECT 1 FORMAT TSV')).toBeUndefined();
  });

  it('parse arrays of strings and numbers and nothing else', () => {
    expect(parseArrayLiteral("['a\\'b', 'c\\\\d']")).toEqual(["a'b", 'c\\d']);
    expect(parseArrayLiteral('[1,-2.5]')).toEqual([1, -2.5]);
    expect(parseArrayLiteral('[]')).toEqual([]);
    expect(parseArrayLiteral("['open")).toBeUndefined();
    expect(parseArrayLiteral('[now()]')).toBeUndefined();
    expect(unescaped('a\\tb\\\\')).toBe('a\tb\\');
  });
});
