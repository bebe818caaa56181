// Package orders turns the new items of the order table into the events that the
// shop's other services hear of. It is what a pipe cannot do by a template: it
// adds up the lines.
package orders

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strconv"

	"github.com/aws/aws-lambda-go/events"

	"refstack/lambdas/internal/emf"
)

// Placed is the event of a new order. Amounts are in the currency's smallest unit.
type Placed struct {
	// EventID is the same however often the event arrives: by it a consumer knows
	// what it has done already.
	EventID  string `json:"eventId"`
	OrderID  string `json:"orderId"`
	Customer string `json:"customer"`
	Currency string `json:"currency"`
	Lines    int    `json:"lines"`
	Total    int64  `json:"total"`
}

// Limits of an order, beyond which it is a mistake. All lines together, of maxAmount
// each, are far from what an int64 holds.
const (
	maxLines  = 1000
	maxAmount = 1 << 40
)

// Enrich makes an event of each record of a batch. A rehearsal, which has the
// attribute test, makes none, and neither does a record that is no order: it is
// counted and logged by its ID, since an error would send the good records of the
// batch round again. Without any event the answer is [], with which the pipe ends
// without its target.
func Enrich(ctx context.Context, batch []json.RawMessage) ([]Placed, error) {
	placed := make([]Placed, 0, len(batch))
	for _, text := range batch {
		event, err := one(text)
		switch {
		case errors.Is(err, errRehearsal):
		case err != nil:
			slog.WarnContext(ctx, "record rejected", "eventId", eventID(text), "reason", err.Error(),
				emf.Count("Pipes", "Rejected", 1, map[string]string{"FunctionName": os.Getenv("AWS_LAMBDA_FUNCTION_NAME")}))
		default:
			placed = append(placed, event)
		}
	}
	return placed, nil
}

var errRehearsal = errors.New("a rehearsal")

// eventID is that of a record which may be damaged otherwise.
func eventID(text json.RawMessage) string {
	var record struct {
		EventID string `json:"eventID"`
	}
	_ = json.Unmarshal(text, &record) // What is no record has no ID.
	return record.EventID
}

// one makes the event of a record. Its errors name attributes, and never what is in
// them.
func one(text json.RawMessage) (Placed, error) {
	record, err := decode(text)
	if err != nil {
		return Placed{}, err
	}
	item := record.Change.NewImage
	if flag, ok := item["test"]; ok && flag.DataType() == events.DataTypeBoolean && flag.Boolean() {
		return Placed{}, errRehearsal
	}
	placed := Placed{EventID: record.EventID}
	if placed.EventID == "" {
		return Placed{}, errors.New("eventID is missing")
	}
	for name, into := range map[string]*string{"id": &placed.OrderID, "customer": &placed.Customer, "currency": &placed.Currency} {
		if *into = attribute(item, name); *into == "" {
			return Placed{}, fmt.Errorf("%s must be a text", name)
		}
	}
	lines, ok := item["lines"]
	if !ok || lines.DataType() != events.DataTypeList || len(lines.List()) == 0 || len(lines.List()) > maxLines {
		return Placed{}, fmt.Errorf("lines must be a list of 1 to %d", maxLines)
	}
	placed.Lines = len(lines.List())
	placed.Total, err = total(lines.List())
	return placed, err
}

// decode reads a record. The decoder of some types of attributes panics at what is
// of another type.
func decode(text json.RawMessage) (record events.DynamoDBEventRecord, err error) {
	bad := errors.New("not a record of a table's stream")
	defer func() {
		if recover() != nil {
			err = bad
		}
	}()
	if json.Unmarshal(text, &record) != nil {
		return record, bad
	}
	return record, nil
}

// total adds up the lines.
func total(lines []events.DynamoDBAttributeValue) (int64, error) {
	var sum int64
	for i, line := range lines {
		if line.DataType() != events.DataTypeMap {
			return 0, fmt.Errorf("lines[%d] must be a map", i)
		}
		quantity, err := amount(line.Map(), "quantity")
		if err != nil {
			return 0, fmt.Errorf("lines[%d]: %w", i, err)
		}
		price, err := amount(line.Map(), "price")
		if err != nil {
			return 0, fmt.Errorf("lines[%d]: %w", i, err)
		}
		if price > 0 && quantity > maxAmount/price {
			return 0, fmt.Errorf("lines[%d] comes to too much", i)
		}
		sum += quantity * price
	}
	return sum, nil
}

// amount is an attribute that is a whole number, not negative and not absurd.
func amount(item map[string]events.DynamoDBAttributeValue, name string) (int64, error) {
	value, ok := item[name]
	if !ok || value.DataType() != events.DataTypeNumber {
		return 0, fmt.Errorf("%s must be a number", name)
	}
	n, err := strconv.ParseInt(value.Number(), 10, 64)
	if err != nil || n < 0 || n > maxAmount {
		return 0, fmt.Errorf("%s must be a whole number from 0 to %d", name, int64(maxAmount))
	}
	return n, nil
}

// attribute is one that is a text, and "" otherwise.
func attribute(item map[string]events.DynamoDBAttributeValue, name string) string {
	value, ok := item[name]
	if !ok || value.DataType() != events.DataTypeString {
		return ""
	}
	return value.String()
}
