import { type Cluster, HttpMethod, KubeConfig, RequestContext } from '@kubernetes/client-node';
import { Agent, type buildConnector, type Dispatcher, ProxyAgent } from 'undici';

/** How to reach the API server, and as whom. */
export interface KubeConnection {
  readonly server: string;
  /** Headers that authenticate a request, and what carries it. Reads the token's file at most once a minute. */
  authenticate(url: string): Promise<{ readonly headers: Record<string, string>; readonly dispatcher: Dispatcher }>;
  /** Reads configuration and token again before the next request: the token was refused. */
  reload(): void;
  close(): Promise<void>;
}

/** Options of {@link createKubeConnection}. */
export interface KubeConnectionOptions {
  /** Default: KUBECONFIG, then ~/.kube/config, then the service account of the pod. */
  readonly load?: () => KubeConfig;
}

/**
 * Connects through client-node's configuration with one dispatcher for all requests: client-node itself makes one, and
 * so a TLS handshake, for every request.
 */
export function createKubeConnection(options: KubeConnectionOptions = {}): KubeConnection {
  const load = options.load ?? loadDefault;
  const dispatchers = new Map<string, Dispatcher>();
  let config = prepare(load());

  function prepare(fresh: KubeConfig): KubeConfig {
    // Private in client-node's types; the only place where a dispatcher can be handed to it.
    Object.defineProperty(fresh, 'createDispatcher', {
      value: (cluster: Cluster, tls: object) => dispatcherFor(fresh, cluster, tls),
    });
    return fresh;
  }

  function dispatcherFor(from: KubeConfig, cluster: Cluster, tls: object): Dispatcher {
    // Authorities and certificates are files that may be replaced: their content is the key.
    const content = Object.entries(tls).map(([name, value]) => [name, String(value)]);
    const key = JSON.stringify([cluster.server, cluster.proxyUrl, content]);
    const known = dispatchers.get(key);
    if (known !== undefined) return known;
    const made = createDispatcher(from, cluster, tls);
    // An older one still carries requests under way; it closes when they have ended.
    for (const old of dispatchers.values()) void old.close();
    dispatchers.clear();
    dispatchers.set(key, made);
    return made;
  }

  return {
    get server() {
      return serverOf(config);
    },
    async authenticate(url) {
      const context = new RequestContext(url, HttpMethod.GET);
      await config.applySecurityAuthentication(context);
      const dispatcher = context.getDispatcher() as Dispatcher | undefined;
      return { headers: context.getHeaders(), dispatcher: dispatcher ?? dispatcherFor(config, clusterOf(config), {}) };
    },
    reload() {
      config = prepare(load());
    },
    async close() {
      await Promise.all([...dispatchers.values()].map((dispatcher) => dispatcher.destroy()));
      dispatchers.clear();
    },
  };
}

function loadDefault(): KubeConfig {
  const config = new KubeConfig();
  config.loadFromDefault();
  return config;
}

function createDispatcher(config: KubeConfig, cluster: Cluster, tls: object): Dispatcher {
  const options = config.createDispatcherOptions(cluster, tls);
  // HTTP/1.1: with HTTP/2 all watches share one connection, and one that is frozen would hold them all.
  switch (options.type) {
    case 'proxy':
      return new ProxyAgent({
        uri: options.uri,
        requestTls: options.requestTls as buildConnector.BuildOptions,
        allowH2: false,
      });
    case 'socks':
      throw new Error(
        `The kubeconfig names the SOCKS proxy ${options.uri}, which is not supported: use an HTTP proxy, or none.`,
      );
    case 'agent':
      return new Agent({ connect: options.connect as buildConnector.BuildOptions, allowH2: false });
    case 'none':
      return new Agent({ allowH2: false });
  }
}

function clusterOf(config: KubeConfig): Cluster {
  const cluster = config.getCurrentCluster();
  if (cluster === null) {
    throw new Error('The kubeconfig names no cluster: set KUBECONFIG to a file with a current context.');
  }
  return cluster;
}

function serverOf(config: KubeConfig): string {
  return clusterOf(config).server.replace(/\/$/, '');
}
