"""Produces observations to a topic with Confluent's client and serializers.

    produce.py BOOTSTRAP TOPIC json|protobuf|protobuf-plain|avro|raw [REGISTRY [DESCRIPTORS]] < observations, one JSON object a line
"""
import json
import sys

from confluent_kafka import Producer
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroSerializer
from confluent_kafka.schema_registry.protobuf import ProtobufSerializer
from confluent_kafka.serialization import MessageField, SerializationContext
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory

AVRO = json.dumps({
    "type": "record", "name": "Reading", "namespace": "example.weather",
    "fields": [
        {"name": "station", "type": ["null", "string"], "default": None},
        {"name": "city_id", "type": "string"},
        {"name": "observe_time", "type": {"type": "long", "logicalType": "timestamp-millis"}},
        {"name": "temperature_celsius", "type": ["null", "double"], "default": None},
        {"name": "relative_humidity_percent", "type": ["null", "double"], "default": None},
    ],
})

bootstrap, topic, kind, *rest = sys.argv[1:]
registry = SchemaRegistryClient({"url": rest[0]}) if rest else None


def observation_class():
    files = descriptor_pb2.FileDescriptorSet()
    with open(rest[1], "rb") as file:
        files.ParseFromString(file.read())
    pool = descriptor_pool.DescriptorPool()
    for file in files.file:
        pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("isotherm.ingest.v1.Observation"))


def serializer():
    if kind == "json":
        return lambda row, _: json.dumps(row).encode()
    if kind == "raw":
        return lambda row, _: row.encode() if isinstance(row, str) else None
    if kind == "avro":
        return AvroSerializer(registry, AVRO)
    message = observation_class()
    to_message = lambda row: json_format.ParseDict(row, message())
    if kind == "protobuf-plain":
        return lambda row, _: to_message(row).SerializeToString()
    confluent = ProtobufSerializer(message, registry, {"use.deprecated.format": False})
    return lambda row, context: confluent(to_message(row), context)


serialize = serializer()
context = SerializationContext(topic, MessageField.VALUE)
producer = Producer({"bootstrap.servers": bootstrap, "enable.idempotence": True})
for line in sys.stdin:
    row = json.loads(line)
    key = row.get("city_id", row.get("cityId")) if isinstance(row, dict) else None
    producer.produce(topic, value=serialize(row, context), key=key)
left = producer.flush(60)
sys.exit(1 if left else 0)
