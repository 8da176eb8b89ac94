import { Code, ConnectError, createClient, createRouterTransport } from '@connectrpc/connect';
import { PlatformService } from '@isotherm/contracts/platform/v1/platform_service';
import { expect, it } from 'vitest';
import { openAccessToken } from './access-token.ts';

/** A platform that lets in `good` alone; `reader` may not read. */
function open(kept: Record<string, string> = {}) {
  const storage = {
    getItem: (key: string) => kept[key] ?? null,
    setItem: (key: string, value: string) => {
      kept[key] = value;
    },
  };
  const access = openAccessToken(storage);
  const asked: (string | null)[] = [];
  const transport = createRouterTransport(
    (router) =>
      router.service(PlatformService, {
        getStatus(_, { requestHeader }) {
          const shown = requestHeader.get('authorization');
          asked.push(shown);
          if (shown === 'Bearer good') return { version: '1' };
          const code = shown === 'Bearer sender' ? Code.PermissionDenied : Code.Unauthenticated;
          throw new ConnectError('no', code);
        },
      }),
    { transport: { interceptors: [access.interceptor] } },
  );
  return { access, asked, kept, client: createClient(PlatformService, transport) };
}

it('asks for a token once the platform does, and goes on with the one given', async () => {
  const { access, asked, kept, client } = open();
  await expect(client.getStatus({})).rejects.toThrow();
  expect(access.refusal.get()).toBe('missing');
  const waiting = client.getStatus({});
  const gone = new AbortController();
  const abandoned = client.getStatus({}, { signal: gone.signal });
  gone.abort();
  await expect(abandoned).rejects.toMatchObject({ code: Code.Canceled });
  access.present('good');
  expect(await waiting).toMatchObject({ version: '1' });
  expect(access.refusal.get()).toBeUndefined();
  expect(asked).toEqual([null, 'Bearer good']);
  expect(Object.values(kept)).toEqual(['good']);
});

it.each([
  ['nobody', 'unknown'],
  ['sender', 'forbidden'],
])('the token of %s is %s', async (token, refusal) => {
  const { access, client } = open();
  access.present(token);
  await expect(client.getStatus({})).rejects.toThrow();
  expect(access.refusal.get()).toBe(refusal);
});

it('shows the token this tab was given before', async () => {
  const { client } = open({ 'isotherm.token': 'good' });
  expect(await client.getStatus({})).toMatchObject({ version: '1' });
});
