import type { PlacementSource } from '@isotherm/placement';
import type { ServiceTls } from '@isotherm/service-kit';
import { createShardClient, type ShardClient } from './shard-client.ts';

/** A client for each shard of the current placement. */
export interface ShardClients {
  readonly all: readonly ShardClient[];
  /** The client of a shard; undefined for a name that is in no table. */
  get(name: string): ShardClient | undefined;
  /** The client of a shard that a shard has named, whether or not the table knows it yet. */
  named(name: string, address: string): ShardClient | undefined;
  /** Calls the listener after shards have joined or left, or the table has changed. @returns a function that ends that. */
  onChange(listener: () => void): () => void;
  close(): void;
}

/** Creates the clients; they follow the placement. */
export function createShardClients(
  placement: PlacementSource,
  options: { readonly tls?: ServiceTls | undefined } = {},
): ShardClients {
  const clients = new Map<string, ShardClient>();
  const listeners = new Set<() => void>();

  function sync(): void {
    const { shards, endpoints } = placement.current();
    shards.forEach((name, index) => {
      // A table without endpoints leaves addresses to those who know them.
      const address = endpoints === undefined ? undefined : endpoints[index]?.address || undefined;
      const client = clients.get(name);
      if (client === undefined) clients.set(name, createShardClient(name, address, options));
      else if (endpoints !== undefined) client.moveTo(address);
    });
    for (const [name, client] of clients) {
      if (shards.includes(name)) continue;
      client.close();
      clients.delete(name);
    }
    for (const listener of [...listeners]) listener();
  }

  sync();
  const stop = placement.onChange(sync);
  return {
    get all() {
      return [...clients.values()];
    },
    get: (name) => clients.get(name),
    named(name, address) {
      const known = clients.get(name);
      if (known !== undefined || name === '' || address === '') return known;
      const client = createShardClient(name, address, options);
      clients.set(name, client);
      return client;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close() {
      stop();
      for (const client of clients.values()) client.close();
    },
  };
}
