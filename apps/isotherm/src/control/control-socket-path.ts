import { join, resolve } from 'node:path';

/** Where the control socket of a data directory is. */
export function controlSocketPath(dataDirectory: string): string {
  return join(resolve(dataDirectory), 'control', 'socket');
}
