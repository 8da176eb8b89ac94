import type { LocalKafkaOptions } from '@isotherm/local-services';
import { describeLogConformance } from '../src/conformance/log-conformance.ts';
import type { Log } from '../src/index.ts';
import { createLogPlace, type LogPlace, useKafka } from './kafka-harness.ts';

/** The conformance suite of the log on a cluster of its own. */
export function describeKafkaConformance(name: string, options: LocalKafkaOptions): void {
  const kafka = useKafka(options);
  const places = new WeakMap<Log, LogPlace>();
  const opened = async (place: LogPlace, settings: Uint8Array | undefined) => {
    const log = await place.open(settings === undefined ? {} : { settings });
    places.set(log, place);
    return log;
  };
  describeLogConformance(name, {
    create: async ({ partitionCount, settings }) =>
      opened(await createLogPlace(kafka.current, { partitionCount }), settings),
    reopen: async (log, settings) => {
      await log.close();
      return opened(places.get(log)!, settings);
    },
    createTogether: async (logs) => {
      const place = await createLogPlace(kafka.current, { partitionCount: logs[0]!.partitionCount });
      return Promise.all(logs.map(({ settings }) => opened(place, settings)));
    },
    keepsWeights: false,
    remove: async (log) => places.get(log)?.remove(),
  });
}
