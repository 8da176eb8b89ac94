import { isLoopback } from '@isotherm/service-kit';
import type { HttpRequest } from './node-http.ts';

const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]'];

/**
 * Tells whether a request is for this server by its Host header. A server on loopback answers to loopback's names alone:
 * a web page elsewhere whose name was rebound to 127.0.0.1 gets nothing. Elsewhere, and with `*`, any well-formed name will do.
 */
export function createHostGuard(options: {
  readonly host: string;
  readonly allowedHosts: readonly string[];
}): (request: HttpRequest) => boolean {
  const loopback = isLoopback(options.host) && !options.allowedHosts.includes('*');
  const allowed = new Set([...LOOPBACK_NAMES, bracketed(options.host), ...options.allowedHosts].map(lower));
  return (request) => {
    const authority = ('authority' in request ? request.authority : request.headers.host) ?? request.headers.host;
    if (authority === undefined || !/^[\w.\-:[\]]+$/.test(authority) || !URL.canParse(`http://${authority}`))
      return false;
    const name = lower(authority.replace(/:\d*$/, ''));
    return !loopback || allowed.has(name) || name.endsWith('.localhost');
  };
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

function lower(text: string): string {
  return text.toLowerCase();
}
