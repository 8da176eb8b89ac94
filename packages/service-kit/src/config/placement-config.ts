import { z } from 'zod';
import { dnsLabel, exactlyOneOf, hostPort, path } from './config-values.ts';

const shard = z.strictObject({
  name: dnsLabel().describe('Name of the shard: `--name` of its process.'),
  address: hostPort().describe('host:port of its hot reads.'),
});

/** `placement`: which shard owns which partition. */
export const placementConfig = exactlyOneOf(
  {
    coordinator: hostPort()
      .optional()
      .describe('host:port of `isotherm coordinator`, which moves partitions as shards come and go.'),
    file: path().optional().describe('JSON file of a placement table, as the operator for Kubernetes mounts it.'),
    static: z
      .strictObject({
        shards: z.array(shard).min(1).describe('All shards; each owns about the same number of partitions.'),
      })
      .optional()
      .describe('A fixed set of shards.'),
  },
  ['coordinator', 'file', 'static'],
);
