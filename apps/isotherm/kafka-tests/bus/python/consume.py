"""Reads a topic to its end with Confluent's client, by the schemas of the registry; prints a JSON object for each record.

    consume.py BOOTSTRAP TOPIC REGISTRY
"""
import base64
import json
import sys

from confluent_kafka import Consumer, KafkaException, TopicPartition
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.protobuf import ProtobufDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory, timestamp_pb2

bootstrap, topic, registry_url = sys.argv[1:]
registry = SchemaRegistryClient({"url": registry_url})
deserializers = {}


def deserializer(record):
    schema_id = int.from_bytes(record[1:5], "big")
    if schema_id not in deserializers:
        file = descriptor_pb2.FileDescriptorProto()
        file.ParseFromString(base64.b64decode(registry.get_schema(schema_id).schema_str))
        pool = descriptor_pool.DescriptorPool()
        timestamps = descriptor_pb2.FileDescriptorProto()
        timestamp_pb2.DESCRIPTOR.CopyToProto(timestamps)
        pool.Add(timestamps)
        pool.Add(file)
        name = f"{file.package}.{file.message_type[0].name}"
        message = message_factory.GetMessageClass(pool.FindMessageTypeByName(name))
        deserializers[schema_id] = ProtobufDeserializer(message, {"use.deprecated.format": False})
    return deserializers[schema_id]


consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": f"{topic}-reader", "enable.auto.commit": False})
ends = {}
for partition in consumer.list_topics(topic, timeout=30).topics[topic].partitions:
    _, end = consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=30)
    if end > 0:
        ends[partition] = end
consumer.assign([TopicPartition(topic, partition, 0) for partition in ends])
context = SerializationContext(topic, MessageField.VALUE)
while ends:
    record = consumer.poll(30)
    if record is None:
        sys.exit(f"nothing came; {ends} is left")
    if record.error():
        raise KafkaException(record.error())
    value = json_format.MessageToDict(deserializer(record.value())(record.value(), context))
    print(json.dumps({"key": record.key().decode(), "partition": record.partition(), **value}))
    if record.offset() + 1 >= ends[record.partition()]:
        del ends[record.partition()]
consumer.close()
