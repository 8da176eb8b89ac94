import type { ControlCalls, RecordedShard } from '@isotherm/coordination';

/** Control calls that go to the addresses of pods: a name in DNS comes seconds after its pod, and only inside the cluster. */
export function controlOfPods(calls: ControlCalls, podAddress: (shard: string) => string | undefined): ControlCalls {
  const at = (shard: RecordedShard): RecordedShard => {
    const controlAddress = podAddress(shard.name);
    if (controlAddress === undefined) throw new Error(`${shard.name}: its pod has no address`);
    return { ...shard, controlAddress };
  };
  return {
    getOwnership: async (shard, options) => calls.getOwnership(at(shard), options),
    setPlacement: (address, record, options) => calls.setPlacement(address, record, options),
    follow: async (shard, call, options) => calls.follow(at(shard), call, options),
    release: async (shard, call, options) => calls.release(at(shard), call, options),
    acquire: async (shard, call, options) => calls.acquire(at(shard), call, options),
  };
}
