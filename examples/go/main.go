// A weather station on a roof: sends the past two hours out of its buffer, then reads its city back.
package main

import (
	"context"
	"flag"
	"log"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

func main() {
	ingest := flag.String("ingest", "127.0.0.1:50051", "host:port of ingest")
	api := flag.String("api", "http://127.0.0.1:8080", "public API; it answers gRPC on the same port")
	city := flag.String("city", "my-go-roof", "the city to send and read")
	flag.Parse()
	log.SetFlags(0)

	// Without a deadline a call waits for ever: this one covers all of them.
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()

	sender := dial(*ingest)
	defer sender.Close()
	sent, err := send(ctx, sender, *city)
	if err != nil {
		log.Fatalf("sending: %v", err)
	}

	reader := dial(strings.TrimPrefix(*api, "http://"))
	defer reader.Close()
	if err := read(ctx, reader, *city, sent); err != nil {
		log.Fatalf("reading: %v", err)
	}
}

func dial(address string) *grpc.ClientConn {
	connection, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		log.Fatalf("address %s: %v", address, err)
	}
	return connection
}
