import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { createSelfSigned, IsothermError } from '@isotherm/service-kit';
import { afterEach, describe, expect, it } from 'vitest';
import { type Listener, listen } from './listener.ts';
import type { HttpHandler } from './node-http.ts';

let listener: Listener | undefined;

const echo: HttpHandler = (request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    response.writeHead(200);
    response.end(`${request.httpVersion} ${request.method} ${request.url} ${Buffer.concat(chunks).length}`);
  });
};

async function start(handler = echo, options: Partial<Parameters<typeof listen>[1]> = {}): Promise<Listener> {
  listener = await listen(handler, {
    host: '127.0.0.1',
    port: 0,
    maxConnections: 100,
    requestTimeoutMs: 5000,
    ...options,
  });
  return listener;
}

const portOf = ({ address }: Listener) => Number(address.split(':').at(-1));

function overHttp1(path: string, body = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ port: portOf(listener!), host: '127.0.0.1', path, method: 'POST', agent: false });
    request.on('error', reject);
    request.on('response', (response) => {
      let text = '';
      response
        .setEncoding('utf8')
        .on('data', (chunk: string) => (text += chunk))
        .on('end', () => resolve(text));
    });
    request.end(body);
  });
}

function overHttp2(path: string, body = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const session = connectHttp2(`http://${listener?.address}`);
    session.on('error', reject);
    const stream = session.request({ ':path': path, ':method': 'POST' });
    let text = '';
    stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    stream.on('error', reject).on('end', () => {
      session.close();
      resolve(text);
    });
    stream.end(body);
  });
}

function rawConnection(): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(portOf(listener!), '127.0.0.1', () => resolve(socket));
    socket.on('error', reject);
  });
}

/** Everything a connection says until it ends. */
function untilEnd(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    socket.setEncoding('latin1').on('data', (chunk: string) => (text += chunk));
    socket.on('close', () => resolve(text));
  });
}

afterEach(() => listener?.close(0));

describe('One port', () => {
  it('serves HTTP/1.1 and HTTP/2, many at once, with bodies of every size', async () => {
    await start();
    const sizes = Array.from({ length: 40 }, (_, i) => (i % 4 === 0 ? 1_000_000 + i : i * 10));
    const answers = await Promise.all(
      sizes.map((size, i) => (i % 2 === 0 ? overHttp1 : overHttp2)(`/${i}`, 'x'.repeat(size))),
    );
    expect(answers).toEqual(sizes.map((size, i) => `${i % 2 === 0 ? '1.1' : '2.0'} POST /${i} ${size}`));
  });

  it('tells the protocols apart byte by byte', async () => {
    await start();
    const requests = [
      'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
      'PROPFIND / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
    ];
    for (const request of requests) {
      const socket = await rawConnection();
      socket.setNoDelay(true);
      const said = untilEnd(socket);
      for (const byte of request) {
        await new Promise<void>((resolve) => {
          socket.write(byte, () => setImmediate(resolve));
        });
      }
      expect(await said).toMatch(/^HTTP\/1.1 200 OK[\s\S]+1\.1 (GET|PROPFIND) \/ 0/);
    }
    const socket = await rawConnection();
    const preface = Buffer.concat([
      Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
      Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]),
    ]);
    const settings = new Promise<Buffer>((resolve) => socket.once('data', resolve));
    for (const byte of preface) {
      await new Promise<void>((resolve) => {
        socket.write(Buffer.from([byte]), () => setImmediate(resolve));
      });
    }
    expect((await settings)[3]).toBe(4);
    socket.destroy();
  });

  it('closes connections that say nothing, and answers nonsense with 400', async () => {
    await start(echo, { requestTimeoutMs: 100 });
    expect(await untilEnd(await rawConnection())).toBe('');
    const socket = await rawConnection();
    socket.write('\x00\x01nonsense\r\n\r\n');
    expect(await untilEnd(socket)).toMatch(/^HTTP\/1.1 400/);
    expect(await overHttp1('/after')).toBe('1.1 POST /after 0');
  });

  it('survives clients that hang up at any moment', async () => {
    await start();
    for (const said of [
      '',
      'P',
      'PRI',
      'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc',
    ]) {
      const socket = await rawConnection();
      socket.write(said);
      socket.resetAndDestroy();
    }
    expect(await overHttp2('/after')).toBe('2.0 POST /after 0');
  });

  it('says in one sentence that a port is in use', async () => {
    const { address } = await start();
    const port = Number(address.split(':')[1]);
    const failure = await listen(echo, { host: '127.0.0.1', port, maxConnections: 1, requestTimeoutMs: 1 }).catch(
      (error) => error,
    );
    expect(failure).toBeInstanceOf(IsothermError);
    expect(failure.message).toBe(
      `Port 127.0.0.1:${port} for the public API and dashboard is in use by another program.`,
    );
  });

  it('finishes requests under way when it closes, over both protocols, and takes no new ones', async () => {
    const entered: (() => void)[] = [];
    const release = Promise.withResolvers<void>();
    await start((_request, response) => {
      entered.pop()?.();
      release.promise.then(() => response.end('done'));
    });
    const both = [overHttp1, overHttp2].map(async (get) => {
      const arrived = new Promise<void>((resolve) => entered.push(resolve));
      const answer = get('/slow');
      await arrived;
      return { answer };
    });
    const pending = [await both[0]!, await both[1]!];
    const closed = listener!.close(10_000);
    await expect(overHttp1('/late')).rejects.toThrow();
    release.resolve();
    expect(await Promise.all(pending.map(({ answer }) => answer))).toEqual(['done', 'done']);
    await closed;
  });

  it('cuts off what is not finished within the grace', async () => {
    const arrived = Promise.withResolvers<void>();
    await start(() => arrived.resolve());
    const answer = overHttp1('/never').catch((error: Error) => error.message);
    await arrived.promise;
    await listener!.close(50);
    expect(await answer).toMatch(/hang up|reset/);
  });
});

describe('One port over TLS', () => {
  const tls = createSelfSigned('api');

  /** What a server says over TLS to somebody who sends that, until it ends the connection. */
  async function answerTo(text: string, options: ConnectionOptions = {}): Promise<string> {
    const socket = connectTls({ host: '127.0.0.1', port: portOf(listener!), ca: tls.certificate, ...options });
    socket.on('error', () => undefined);
    const said = untilEnd(socket);
    socket.on('secureConnect', () => socket.write(text));
    return said;
  }

  const GET = 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';

  it('serves HTTP/2 and HTTP/1.1, to those who name their protocol and those who do not', async () => {
    await start(echo, { tls });
    for (const protocols of [undefined, ['http/1.1']]) {
      expect(await answerTo(GET, protocols && { ALPNProtocols: protocols })).toMatch(
        /^HTTP\/1.1 200 OK[\s\S]+1\.1 GET \/ 0/,
      );
    }
    const session = connectHttp2(`https://${listener?.address}`, { ca: tls.certificate });
    const stream = session.request({ ':path': '/two' });
    let text = '';
    stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    await once(stream, 'end');
    session.close();
    expect(text).toBe('2.0 GET /two 0');
  });

  it('says nothing to plain text, and goes on', async () => {
    await start(echo, { tls });
    const plain = await rawConnection();
    plain.on('error', () => undefined);
    const said = untilEnd(plain);
    plain.write(GET);
    expect(await said).not.toContain('HTTP/1.1 200');
    expect(await answerTo(GET)).toContain('200 OK');
  });

  it('asks for a certificate where an authority of clients is named', async () => {
    const client = createSelfSigned('client');
    await start(echo, { tls: { ...tls, clientAuthority: client.certificate } });
    expect(await answerTo(GET)).not.toContain('200 OK');
    expect(await answerTo(GET, { cert: client.certificate, key: client.key })).toContain('200 OK');
  });

  it('lets go of those who never finish the handshake, and of those who never say a word after it', async () => {
    await start(echo, { tls, requestTimeoutMs: 100 });
    const mute = await rawConnection();
    mute.on('error', () => undefined);
    await Promise.all([untilEnd(mute), answerTo('')]);
  });

  it('closes with a handshake and a connection open', async () => {
    const { close } = await start(echo, { tls });
    const mute = await rawConnection();
    mute.on('error', () => undefined);
    const idle = answerTo('');
    await answerTo(GET);
    await close(50);
    await Promise.all([idle, untilEnd(mute)]);
  });

  it('does not start with a key of another certificate', async () => {
    const started = start(echo, { tls: { ...tls, key: createSelfSigned('other').key } });
    await expect(started).rejects.toMatchObject({ id: 'TLS_INVALID', metadata: { setting: 'key' } });
    listener = undefined;
  });
});
