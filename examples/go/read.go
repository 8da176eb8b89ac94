package main

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/grpc"
	analyticsv1 "isotherm.dev/examples/go/gen/isotherm/analytics/v1"
	forecastv1 "isotherm.dev/examples/go/gen/isotherm/forecast/v1"
)

// read prints a city's present, next hours, past, and the first message of its live stream.
func read(ctx context.Context, connection *grpc.ClientConn, city string, sent *sent) error {
	weather := forecastv1.NewForecastServiceClient(connection)
	current, err := weather.GetCurrent(ctx, &forecastv1.GetCurrentRequest{Cities: []string{city}, ReadToken: sent.token})
	if err != nil {
		return err
	}
	for _, now := range current.GetConditions() {
		fmt.Printf("now: %.2f °C, feels like %.2f °C, %d observations\n",
			now.GetTemperature(), now.GetHeatIndex(), now.GetObservations())
	}

	forecast, err := weather.GetForecast(ctx, &forecastv1.GetForecastRequest{City: city, Hours: 6})
	if err != nil {
		return err
	}
	fmt.Printf("forecast: %d hours\n", len(forecast.GetPoints()))
	for _, point := range forecast.GetPoints() {
		validTime := point.GetValidTime().AsTime().Format(time.RFC3339)
		fmt.Printf("  %s %.2f °C by %s\n", validTime, point.GetTemperature(), point.GetModel())
	}

	// The store follows the log: ask until it has what was accepted.
	history := analyticsv1.NewAnalyticsServiceClient(connection)
	stored, err := countStored(ctx, history, city)
	for err == nil && stored < sent.accepted {
		time.Sleep(500 * time.Millisecond)
		stored, err = countStored(ctx, history, city)
	}
	if err != nil {
		return err
	}
	fmt.Printf("history: %d observations stored\n", stored)

	// The first message is a snapshot; more follow as values change, until the context is cancelled.
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	changes, err := weather.Watch(ctx, &forecastv1.WatchRequest{Cities: []string{city}})
	if err != nil {
		return err
	}
	message, err := changes.Recv()
	if err != nil {
		return err
	}
	live := message.GetLive()
	for row, index := range live.GetCityIndex() {
		celsius := float64(live.GetTemperatureCenticelsius()[row]) / 100
		fmt.Printf("watch: %s %.2f °C\n", live.GetCitiesAdded()[index], celsius)
	}
	return nil
}

// countStored goes through the pages of a city's raw history.
func countStored(ctx context.Context, history analyticsv1.AnalyticsServiceClient, city string) (int, error) {
	request := &analyticsv1.QueryHistoryRequest{City: city, Resolution: analyticsv1.Resolution_RESOLUTION_RAW}
	for count := 0; ; {
		page, err := history.QueryHistory(ctx, request)
		if err != nil {
			return 0, err
		}
		count += len(page.GetPoints())
		if request.PageToken = page.GetNextPageToken(); request.PageToken == "" {
			return count, nil
		}
	}
}
