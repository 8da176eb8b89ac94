"""A weather station on a roof: sends the past two hours out of its buffer, then reads its city back."""

import argparse
import json
import math
import time

import grpc
from google.protobuf.timestamp_pb2 import Timestamp
from isotherm.analytics.v1 import analytics_service_pb2 as analytics
from isotherm.analytics.v1 import analytics_service_pb2_grpc as analytics_grpc
from isotherm.forecast.v1 import forecast_service_pb2 as forecast
from isotherm.forecast.v1 import forecast_service_pb2_grpc as forecast_grpc
from isotherm.ingest.v1 import ingest_service_pb2 as ingest
from isotherm.ingest.v1 import ingest_service_pb2_grpc as ingest_grpc
from isotherm.ingest.v1.observation_pb2 import Observation

# A batch carries its identity, so sending the same bytes again is counted once: gRPC may retry on its own.
RETRIES = {
    "methodConfig": [
        {
            "name": [{"service": "isotherm.ingest.v1.IngestService", "method": "Ingest"}],
            "retryPolicy": {
                "maxAttempts": 5,
                "initialBackoff": "0.2s",
                "maxBackoff": "5s",
                "backoffMultiplier": 2,
                "retryableStatusCodes": ["UNAVAILABLE", "RESOURCE_EXHAUSTED"],
            },
        }
    ]
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ingest", default="127.0.0.1:50051", help="host:port of ingest")
    parser.add_argument("--api", default="http://127.0.0.1:8080", help="public API; it answers gRPC on the same port")
    parser.add_argument("--city", default="my-python-roof")
    options = parser.parse_args()

    with grpc.insecure_channel(options.ingest, [("grpc.service_config", json.dumps(RETRIES))]) as channel:
        token, accepted = send(ingest_grpc.IngestServiceStub(channel), options.city)
    with grpc.insecure_channel(options.api.removeprefix("http://")) as channel:
        read(channel, options.city, token, accepted)


def send(service, city: str):
    """Sends batch by batch. Returns the last ack's token, with which a read sees all of it, and the rows accepted."""
    now = int(time.time()) // 10 * 10
    # A reading every ten seconds, oldest first.
    buffer = [reading(city, now - (750 - index) * 10) for index in range(750)]
    buffer.append(reading(city, now, relative_humidity_percent=155))  # No sensor can have meant this.

    accepted = 0
    session = time.time_ns()  # Differs from those of earlier runs; batches are numbered from 1 within it.
    for sequence, first in enumerate(range(0, len(buffer), 100), start=1):
        identity = ingest.BatchIdentity(producer_id="example-python", session=session, sequence=sequence)
        identity.create_time.GetCurrentTime()
        request = ingest.IngestRequest(batch=identity, observations=buffer[first : first + 100])
        ack = service.Ingest(request, timeout=15).ack  # Durable when it answers.
        accepted += ack.accepted
        print(f"batch {sequence}: {ack.accepted} accepted")
        for row in ack.rejections:  # Bad rows are data: the rest of the batch is kept.
            print(f"  row {row.row} rejected, {ingest.RejectReason.Name(row.reason)}: {row.message}")
    return ack.read_token, accepted


def reading(city: str, at: int, relative_humidity_percent: float = 62) -> Observation:
    """What the thermometer said. A value that was not measured would be left out, never 0."""
    return Observation(
        city_id=city,
        observe_time=Timestamp(seconds=at),
        temperature_celsius=round(31 + 2 * math.sin(at / 3600 * math.pi), 2),
        relative_humidity_percent=relative_humidity_percent,
        wind_speed_mps=3.4,
    )


def read(channel: grpc.Channel, city: str, token, expected: int) -> None:
    weather = forecast_grpc.ForecastServiceStub(channel)
    answer = weather.GetCurrent(forecast.GetCurrentRequest(cities=[city], read_token=token), timeout=15)
    for now in answer.conditions:
        print(f"now: {now.temperature:.2f} °C, feels like {now.heat_index:.2f} °C, {now.observations} observations")

    points = weather.GetForecast(forecast.GetForecastRequest(city=city, hours=6), timeout=15).points
    print(f"forecast: {len(points)} hours")
    for point in points:
        print(f"  {point.valid_time.ToJsonString()} {point.temperature:.2f} °C by {point.model}")

    print(f"history: {stored(analytics_grpc.AnalyticsServiceStub(channel), city, expected)} observations stored")

    # The first message is a snapshot; more follow as values change, until the call is cancelled.
    changes = weather.Watch(forecast.WatchRequest(cities=[city]))
    live = next(changes).live
    changes.cancel()
    print(f"watch: {live.cities_added[0]} {live.temperature_centicelsius[0] / 100:.2f} °C")


def stored(history, city: str, expected: int) -> int:
    """Counts a city's raw history, page by page. The store follows the log: asked until it has what is expected."""
    deadline = time.monotonic() + 30
    while True:
        request = analytics.QueryHistoryRequest(city=city, resolution=analytics.RESOLUTION_RAW)
        page = history.QueryHistory(request, timeout=15)
        count = len(page.points)
        while page.next_page_token:
            request.page_token = page.next_page_token
            page = history.QueryHistory(request, timeout=15)
            count += len(page.points)
        if count >= expected or time.monotonic() > deadline:
            return count
        time.sleep(0.5)


if __name__ == "__main__":
    main()
