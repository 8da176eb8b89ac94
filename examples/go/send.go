package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"
	ingestv1 "isotherm.dev/examples/go/gen/isotherm/ingest/v1"
	typev1 "isotherm.dev/examples/go/gen/isotherm/type/v1"
)

const (
	readings  = 750
	batchRows = 100
	// The platform wants at most 32 batches ahead of the oldest unanswered one.
	maxUnanswered = 32
)

var errEarlyEnd = errors.New("the stream ended before everything was sent")

// sent is what the acks said.
type sent struct {
	accepted int
	token    *typev1.ReadToken // Of the last ack: a read that presents it sees everything sent.
}

// send streams the buffer in columns, the form for volume. The session differs from run to run; a batch that is sent again under its
// producer, session and sequence is counted once.
func send(ctx context.Context, connection *grpc.ClientConn, city string) (*sent, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // Ends the stream if it is left early.
	stream, err := ingestv1.NewIngestServiceClient(connection).IngestStream(ctx)
	if err != nil {
		return nil, err
	}
	if err := stream.Send(&ingestv1.IngestStreamRequest{Message: &ingestv1.IngestStreamRequest_Start{
		Start: &ingestv1.StreamStart{
			ProducerId:   "example-go",
			Session:      uint64(time.Now().UnixNano()),
			ReturnTokens: true,
		},
	}}); err != nil {
		return nil, streamError(stream, err)
	}

	room := make(chan struct{}, maxUnanswered)
	answered := make(chan error, 1)
	var result sent
	go func() {
		answered <- receive(stream, room, &result)
		cancel() // A sender that waits for room need not wait any longer.
	}()

	base := time.Now().Truncate(10 * time.Second).Add(-readings * 10 * time.Second)
	for sequence, first := uint64(1), 0; first < readings+1; sequence, first = sequence+1, first+batchRows {
		columns := columnsOf(base, first, min(first+batchRows, readings+1))
		if sequence == 1 {
			columns.Cities = []string{city} // Named once a stream; rows carry its index.
		}
		select {
		case room <- struct{}{}:
		case <-ctx.Done():
			return nil, errors.Join(errEarlyEnd, <-answered)
		}
		// An error here only says that the stream is over; the receiver knows why.
		if stream.Send(&ingestv1.IngestStreamRequest{Message: &ingestv1.IngestStreamRequest_Batch{
			Batch: &ingestv1.StreamBatch{Sequence: sequence, CreateTime: timestamppb.Now(), Columns: columns},
		}}) != nil {
			return nil, errors.Join(errEarlyEnd, <-answered)
		}
	}
	if err := stream.CloseSend(); err != nil {
		return nil, err
	}
	if err := <-answered; err != nil {
		return nil, err
	}
	return &result, nil
}

// receive prints what became of each batch, makes room for another one, and sums up.
func receive(stream ingestv1.IngestService_IngestStreamClient, room <-chan struct{}, result *sent) error {
	for {
		answer, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		// Not kept: a RetryInfo among the details says when to send it again, under the same sequence.
		if refused := answer.GetError(); refused != nil {
			return fmt.Errorf("batch %d not kept: %s", answer.GetSequence(), refused.GetMessage())
		}
		ack := answer.GetAck() // Durable.
		fmt.Printf("batch %d: %d accepted\n", answer.GetSequence(), ack.GetAccepted())
		for _, row := range ack.GetRejections() { // Bad rows are data: the rest of the batch is kept.
			fmt.Printf("  row %d rejected, %s: %s\n", row.GetRow(), row.GetReason(), row.GetMessage())
		}
		result.accepted += int(ack.GetAccepted())
		result.token = ack.GetReadToken()
		<-room
	}
}

// columnsOf makes rows first to last of the buffer: a reading every ten seconds, and at the end one that no sensor can
// have meant. Values are integers at a declared scale: 3142 at scale 2 is 31.42.
func columnsOf(base time.Time, first, last int) *ingestv1.ObservationColumns {
	columns := &ingestv1.ObservationColumns{
		BaseUnixMs:              base.UnixMilli(),
		TemperatureCelsius:      &ingestv1.DecimalColumn{Scale: 2},
		RelativeHumidityPercent: &ingestv1.DecimalColumn{Scale: 0},
		WindSpeedMps:            &ingestv1.DecimalColumn{Scale: 1},
	}
	for row := first; row < last; row++ {
		at := base.Add(time.Duration(row) * 10 * time.Second)
		temperature := 31 + 2*math.Sin(float64(at.Unix())/3600*math.Pi)
		humidity := int32(62)
		if row == readings {
			humidity = 155
		}
		columns.CityIndex = append(columns.CityIndex, 0)
		columns.ObservedOffsetMs = append(columns.ObservedOffsetMs, uint32(at.Sub(base).Milliseconds()))
		columns.TemperatureCelsius.Unscaled = append(columns.TemperatureCelsius.Unscaled, int32(math.Round(temperature*100)))
		columns.RelativeHumidityPercent.Unscaled = append(columns.RelativeHumidityPercent.Unscaled, humidity)
		columns.WindSpeedMps.Unscaled = append(columns.WindSpeedMps.Unscaled, 34)
	}
	return columns
}

// streamError finds why a stream ended: a failed Send only says io.EOF.
func streamError(stream ingestv1.IngestService_IngestStreamClient, err error) error {
	if errors.Is(err, io.EOF) {
		_, err = stream.Recv()
	}
	return err
}
