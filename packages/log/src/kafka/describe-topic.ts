import { type Connection, metadataV12 } from '@platformatic/kafka';
import { responseOf } from './protocol/response-of.ts';

/** What brokers say of themselves and of a topic. */
export type TopicDescription = Awaited<ReturnType<typeof metadataV12.api.async>>;

/** Describes a topic by its name; some of its partitions may be without a leader. */
export async function describeTopic(connection: Connection, name: string): Promise<TopicDescription> {
  return responseOf(metadataV12.api.async(connection, [name], false, false));
}
