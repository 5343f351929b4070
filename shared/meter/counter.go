package meter

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// Counter asks CloudWatch.
type Counter struct{ client *cloudwatch.Client }

// New makes one.
func New(cfg aws.Config) *Counter { return &Counter{cloudwatch.NewFromConfig(cfg)} }

const (
	day    = 24 * time.Hour
	most   = 500              // counts that one call may ask for
	within = 30 * time.Second // all of it; whoever asks has other work
)

// ErrIncomplete says that CloudWatch has answered, and not all.
var ErrIncomplete = errors.New("CloudWatch has not told all counts")

// Day is what AWS counted of the sheet's meters on the UTC day of t.
func (c *Counter) Day(ctx context.Context, s Sheet, t time.Time) (Counts, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	counted := Counts{}
	for some := range slices.Chunk(s.Asked(), most) {
		if err := c.ask(ctx, some, t.UTC().Truncate(day), counted); err != nil {
			if ctx.Err() != nil {
				err = errors.Join(ctx.Err(), err) // whatever the client makes of it
			}
			return nil, fmt.Errorf("ask CloudWatch what was counted: %w", err)
		}
	}
	return counted, nil
}

// ask adds to counted. A count whose last word is not that it is complete would make messages look cheap.
func (c *Counter) ask(ctx context.Context, meters []Meter, from time.Time, counted Counts) error {
	in := &cloudwatch.GetMetricDataInput{StartTime: &from, EndTime: aws.Time(from.Add(day))}
	key, told := map[string]string{}, map[string]types.StatusCode{}
	for i, m := range meters {
		id := fmt.Sprintf("m%d", i)
		key[id] = m.Key()
		in.MetricDataQueries = append(in.MetricDataQueries, m.query(id))
	}
	pages := cloudwatch.NewGetMetricDataPaginator(c.client, in)
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, r := range page.MetricDataResults {
			id := aws.ToString(r.Id)
			told[id] = r.StatusCode
			for _, v := range r.Values {
				counted[key[id]] += v
			}
		}
	}
	for id := range key {
		if told[id] != types.StatusCodeComplete {
			return ErrIncomplete
		}
	}
	return nil
}

func (m Meter) query(id string) types.MetricDataQuery {
	var dimensions []types.Dimension
	for _, d := range m.Dimensions {
		dimensions = append(dimensions, types.Dimension{Name: &d.Name, Value: &d.Value})
	}
	return types.MetricDataQuery{Id: &id, MetricStat: &types.MetricStat{
		Metric: &types.Metric{Namespace: &m.Namespace, MetricName: &m.Metric, Dimensions: dimensions}, Period: aws.Int32(int32(day.Seconds())), Stat: aws.String("Sum"),
	}}
}

// Why there are no counts, as the ledger says it.
const (
	TooLate    = "too_late"    // not within its time
	Throttled  = "throttled"   // asked too often
	Refused    = "refused"     // no right
	Incomplete = "incomplete"  // an answer, and not all of it
	Away       = "unavailable" // it cannot be reached, or fails
)

// Why is the code of an error of Day.
func Why(err error) string {
	var api smithy.APIError
	var response *smithyhttp.ResponseError
	var torn net.Error
	switch {
	case errors.Is(err, ErrIncomplete):
		return Incomplete
	case errors.Is(err, context.DeadlineExceeded):
		return TooLate
	case errors.As(err, &api) && slices.Contains([]string{"Throttling", "ThrottlingException", "RequestLimitExceeded", "LimitExceeded"}, api.ErrorCode()):
		return Throttled
	case errors.As(err, &response) && response.HTTPStatusCode() >= 500, errors.As(err, &torn):
		return Away
	case errors.As(err, &api):
		return Refused
	}
	return Away
}
