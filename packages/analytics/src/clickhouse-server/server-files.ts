import { createHash } from 'node:crypto';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { IsothermError } from '@isotherm/service-kit';

/** A node of a cluster of servers, each of them a shard without replicas. */
export interface ClickHouseNode {
  readonly host: string;
  /** Port of ClickHouse's native protocol. */
  readonly nativePort: number;
}

/** What the files of a server say. */
export interface ServerFiles {
  /** Shown in an answer's X-ClickHouse-Server-Display-Name. */
  readonly displayName: string;
  /** Default: the user `default` without a password, from this machine only. */
  readonly credentials?: { readonly username: string; readonly password: string } | undefined;
  /** Cluster over which Distributed tables spread. Default none. */
  readonly cluster?: { readonly name: string; readonly nodes: readonly ClickHouseNode[] } | undefined;
}

type Xml = string | number | { readonly [element: string]: Xml | readonly Xml[] };

const EVERYWHERE = '::/0';
const LOOPBACK = ['127.0.0.1', '::1'];

const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,62}$/;

/** @throws IsothermError ANALYTICS_SERVER_UNSAFE if everybody could read and drop everything, or a name cannot be one */
export function requireServable({
  credentials,
  cluster,
  loopback,
}: Pick<ServerFiles, 'credentials' | 'cluster'> & { readonly loopback: boolean }): void {
  if (credentials === undefined && !loopback) {
    throw unservable(
      'Without credentials ClickHouse lets everybody read and drop everything who can reach it.',
      'Name a directory of credentials, or listen on a loopback address.',
    );
  }
  const names = { 'user name': credentials?.username, 'name of the cluster': cluster?.name };
  for (const [what, name] of Object.entries(names)) {
    if (name === undefined || (NAME.test(name) && name !== 'default')) continue;
    throw unservable(
      `${JSON.stringify(name)} cannot be the ${what} of ClickHouse.`,
      'Use a letter, then letters, digits and underscores; not `default`.',
    );
  }
}

function unservable(message: string, advice: string): IsothermError {
  return new IsothermError({ code: 'INVALID_ARGUMENT', id: 'ANALYTICS_SERVER_UNSAFE', message, advice });
}

/** Writes the configuration of a server and its users. @returns path of the configuration */
export async function writeServerFiles(directory: string, files: ServerFiles): Promise<string> {
  const { displayName, credentials, cluster } = files;
  const users = join(directory, 'users.xml');
  const config = join(directory, 'config.xml');
  await mkdir(directory, { recursive: true });
  const write = async (path: string, root: Xml) => {
    await writeFile(path, `${element('clickhouse', root)}\n`, { mode: 0o600 });
    await chmod(path, 0o600);
  };
  await write(config, {
    display_name: displayName,
    user_directories: { users_xml: { path: users } },
    ...(cluster && {
      remote_servers: { [cluster.name]: { shard: cluster.nodes.map((at) => shardOf(at, credentials)) } },
    }),
  });
  await write(users, { profiles: { default: '' }, quotas: { default: '' }, users: usersOf(files) });
  return config;
}

function shardOf({ host, nativePort }: ClickHouseNode, credentials: ServerFiles['credentials']): Xml {
  const user = credentials && { user: credentials.username, password: credentials.password };
  return { internal_replication: 'true', replica: { host, port: nativePort, ...user } };
}

/** The statements that open a server's ports are those of the user `default`. Nobody reads files of the machine, or others' servers. */
function usersOf({ credentials, cluster }: ServerFiles): Xml {
  const shared = { profile: 'default', quota: 'default' };
  // Those of a cluster are asked for the sizes of their tables.
  const others = cluster === undefined ? [] : ['GRANT REMOTE ON *.*'];
  const whole = { query: ['GRANT ALL ON *.*', 'REVOKE SOURCES ON *.*', ...others] };
  const local = { ...shared, password: '', networks: { ip: LOOPBACK } };
  if (credentials === undefined) return { default: { ...local, grants: whole } };
  return {
    default: { ...local, grants: { query: ['GRANT SYSTEM LISTEN ON *.*'] } },
    [credentials.username]: {
      ...shared,
      password_sha256_hex: createHash('sha256').update(credentials.password).digest('hex'),
      networks: { ip: EVERYWHERE },
      grants: whole,
    },
  };
}

function element(name: string, content: Xml | readonly Xml[]): string {
  if (Array.isArray(content)) return content.map((each: Xml) => element(name, each)).join('');
  if (typeof content === 'object') {
    const inner = Object.entries(content).map(([child, value]) => element(child, value as Xml));
    return `<${name}>${inner.join('')}</${name}>`;
  }
  return `<${name}>${String(content).replace(/[<>&]/g, (sign) => `&#${sign.charCodeAt(0)};`)}</${name}>`;
}
