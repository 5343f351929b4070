package cost

// Price is what AWS asks for one thing in us-east-1, before any free tier.
type Price struct {
	USD    float64
	For    string // one of what
	Source string
}

// Read is as of when the prices below are; look at their sources before you rely on them. Other regions are up to a fifth dearer.
const Read = "2026-11-27"

const (
	pageLambda   = "https://aws.amazon.com/lambda/pricing/"
	pageDynamoDB = "https://aws.amazon.com/dynamodb/pricing/on-demand/"
	pageSQS      = "https://aws.amazon.com/sqs/pricing/"
	pageSNS      = "https://aws.amazon.com/sns/pricing/"
	pageS3       = "https://aws.amazon.com/s3/pricing/"
	pageSES      = "https://aws.amazon.com/ses/pricing/"
	pageWatch    = "https://aws.amazon.com/cloudwatch/pricing/"
	pageSecrets  = "https://aws.amazon.com/secrets-manager/pricing/"
	pageXRay     = "https://aws.amazon.com/xray/pricing/"
	pageText     = "https://aws.amazon.com/comprehend/pricing/"
	pageAPI      = "https://aws.amazon.com/api-gateway/pricing/"
)

// The prices. Nothing else in the repository has one.
var (
	lambdaRequest = Price{0.20 / 1e6, "invocation", pageLambda}
	lambdaTime    = Price{0.0000133334, "GB-second on arm64", pageLambda}
	writeUnit     = Price{0.625 / 1e6, "write unit", pageDynamoDB}
	readUnit      = Price{0.125 / 1e6, "read unit", pageDynamoDB}
	tableStorage  = Price{0.25 + 0.20, "GB and month, with point-in-time recovery", pageDynamoDB}
	sqsCall       = Price{0.40 / 1e6, "call", pageSQS}
	snsPublish    = Price{0.50 / 1e6, "publish", pageSNS}
	s3Put         = Price{0.005 / 1e3, "PUT", pageS3}
	s3Get         = Price{0.0004 / 1e3, "GET", pageS3}
	s3Storage     = Price{0.023, "GB and month", pageS3}
	sesOut        = Price{0.10 / 1e3, "mail out", pageSES}
	sesIn         = Price{0.10 / 1e3, "mail in", pageSES}
	sesChunk      = Price{0.09 / 1e3, "256 KB in", pageSES}
	logGB         = Price{0.50 + 0.03, "GB of log, kept a month", pageWatch}
	customMetric  = Price{0.30, "metric and month", pageWatch}
	metricAsked   = Price{0.01 / 1e3, "metric that GetMetricData is asked for", pageWatch}
	alarm         = Price{0.10, "alarm and month", pageWatch}
	dashboard     = Price{3.00, "dashboard and month", pageWatch}
	secret        = Price{0.40, "secret and month", pageSecrets}
	trace         = Price{5.00 / 1e6, "trace", pageXRay}
	sentiment     = Price{0.0001, "100 characters of a text, 300 at least", pageText}
	httpRequest   = Price{1.00 / 1e6, "request", pageAPI}
)
