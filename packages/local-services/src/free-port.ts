import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below what the system hands out to outgoing connections, so that a port stays free while its server is down. */
const LOWEST_PORT = 15_000;
const HIGHEST_PORT = 32_000;

/** A port of the loopback interface on which nothing listens. */
export async function findFreePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = LOWEST_PORT + Math.floor(Math.random() * (HIGHEST_PORT - LOWEST_PORT));
    if (await isFree(port)) return port;
  }
  throw new Error(`No free port was found between ${LOWEST_PORT} and ${HIGHEST_PORT}`);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}
