import { connect } from 'node:net';
import { CliError } from './cli-error.ts';

const LIMIT_MS = 3000;

/**
 * Makes sure that something listens before a long job begins: a client would go on trying for minutes.
 *
 * @param address `host:port` or a URL
 * @param flag the option that names another address
 * @throws CliError if nothing does
 */
export async function requireListener(address: string, flag: string): Promise<void> {
  const text = /^[a-z]+:\/\//i.test(address) ? address : `http://${address}`;
  if (!URL.canParse(text)) throw new CliError(`${flag} '${address}' is no address; write host:port.`);
  const url = new URL(text);
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
  const found = await new Promise<boolean>((resolve) => {
    const socket = connect({ host: url.hostname.replace(/^\[|\]$/g, ''), port, timeout: LIMIT_MS });
    const settle = (listening: boolean) => {
      socket.destroy();
      resolve(listening);
    };
    socket.once('connect', () => settle(true));
    socket.once('timeout', () => settle(false));
    socket.once('error', () => settle(false));
  });
  if (found) return;
  throw new CliError(
    `Nothing listens at ${url.host}. Start the platform with \`npm start\`, or name another one with ${flag}.`,
  );
}
