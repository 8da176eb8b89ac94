import type { IncomingMessage } from 'node:http';

/** Who a request says it is from: the Authorization header, ClickHouse's own headers, or the URL; else `default`. */
export function credentialsOf(
  request: IncomingMessage,
  url: URL,
): { readonly username: string; readonly password: string } {
  const basic = /^Basic (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (basic !== undefined) {
    const [username = '', ...rest] = Buffer.from(basic, 'base64').toString('utf8').split(':');
    return { username, password: rest.join(':') };
  }
  const header = (name: string) => {
    const value = request.headers[name];
    return Array.isArray(value) ? value[0] : value;
  };
  return {
    username: header('x-clickhouse-user') ?? url.searchParams.get('user') ?? 'default',
    password: header('x-clickhouse-key') ?? url.searchParams.get('password') ?? '',
  };
}
