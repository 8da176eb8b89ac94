import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';

/** Writes a configuration of separate services into a directory. @returns its path */
export async function writeConfig(directory: string, sections: object): Promise<string> {
  const path = join(directory, `config-${Math.random()}.json`);
  await writeFile(path, JSON.stringify({ partitions: 8, ...sections }));
  return path;
}

/** A port that nothing listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
