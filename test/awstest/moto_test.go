package awstest_test

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"refstack/test/awstest"
)

// The table of a test is the one that the stack declares.
func TestCreateTable(t *testing.T) {
	_, _, client := startDynamoDB(t)
	out, err := client.DescribeTable(t.Context(), &dynamodb.DescribeTableInput{TableName: new("items")})
	if err != nil {
		t.Fatal(err)
	}
	table := out.Table
	if got := keySchema(table.KeySchema); got != "owner HASH, item RANGE" {
		t.Errorf("keys are %s", got)
	}
	if len(table.AttributeDefinitions) != 3 || *table.TableArn != "arn:aws:dynamodb:us-east-1:123456789012:table/items" {
		t.Errorf("got %+v", table)
	}
	if len(table.GlobalSecondaryIndexes) != 1 || *table.GlobalSecondaryIndexes[0].IndexName != "byAge" ||
		keySchema(table.GlobalSecondaryIndexes[0].KeySchema) != "owner HASH, created RANGE" || table.GlobalSecondaryIndexes[0].Projection.ProjectionType != "ALL" {
		t.Errorf("indexes are %+v", table.GlobalSecondaryIndexes)
	}
	if table.StreamSpecification == nil || table.StreamSpecification.StreamViewType != "NEW_IMAGE" || table.BillingModeSummary.BillingMode != "PAY_PER_REQUEST" {
		t.Errorf("got %+v, %+v", table.StreamSpecification, table.BillingModeSummary)
	}
	for name, want := range map[string]string{"items": "expires ENABLED", "keys": "DISABLED"} {
		ttl, err := client.DescribeTimeToLive(t.Context(), &dynamodb.DescribeTimeToLiveInput{TableName: &name})
		if err != nil {
			t.Fatal(err)
		}
		attribute := ""
		if ttl.TimeToLiveDescription.AttributeName != nil {
			attribute = *ttl.TimeToLiveDescription.AttributeName + " "
		}
		if got := attribute + string(ttl.TimeToLiveDescription.TimeToLiveStatus); got != want {
			t.Errorf("%s: time to live is %s", name, got)
		}
	}
}

func keySchema(elements []types.KeySchemaElement) string {
	var all []string
	for _, element := range elements {
		all = append(all, *element.AttributeName+" "+string(element.KeyType))
	}
	return strings.Join(all, ", ")
}

func TestCreateTableThatIsNone(t *testing.T) {
	moto := awstest.StartMoto(t, "dynamodb")
	for id, want := range map[string]string{
		"Nothing": "no table of this logical ID",
		"Queue4":  "no table of this logical ID",
		"Named3":  "has a Ref",
	} {
		got := fatal(t, func(tb testing.TB) { moto.WithTB(tb).CreateTable(tablesWith(t, "[]"), id, "t") })
		if !strings.Contains(got, want) {
			t.Errorf("%s: got %q, want %s", id, got, want)
		}
	}
	moto.CreateTable(tablesWith(t, "[]"), "Keys2", "twice")
	if got := fatal(t, func(tb testing.TB) { moto.WithTB(tb).CreateTable(tablesWith(t, "[]"), "Keys2", "twice") }); !strings.Contains(got, "ResourceInUseException") {
		t.Errorf("got %q", got)
	}
}

// Each test starts empty, in whatever process that a test before it has used.
func TestMotoIsEmpty(t *testing.T) {
	var processes []string
	for range 2 {
		t.Run("", func(t *testing.T) {
			moto, _, client := startDynamoDB(t)
			processes = append(processes, moto.Process())
			if _, err := client.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: new("keys"), Item: attributes("key", "k"), ConditionExpression: new("attribute_not_exists(#k)"), ExpressionAttributeNames: map[string]string{"#k": "key"}}); err != nil {
				t.Error(err)
			}
		})
	}
	one, other := awstest.StartMoto(t, "dynamodb"), awstest.StartMoto(t, "dynamodb")
	if processes[0] != processes[1] {
		t.Errorf("the process is not used again: %q", processes)
	}
	if one.Process() == other.Process() {
		t.Error("two at once share a process")
	}
}

// A service that the test does not name is refused, in the form of its errors.
func TestMotoRefusesOtherServices(t *testing.T) {
	_, _, client := start(t, noRetry, func(o *s3.Options) { o.BaseEndpoint = new(awstest.StartMoto(t, "dynamodb").URL) })
	_, err := client.PutObject(t.Context(), put("plain", "k", "x"))
	if code(err) != "NotImplemented" || !strings.Contains(err.Error(), `for ["dynamodb"], and not for "s3"`) {
		t.Errorf("got %v", err)
	}
	wrong := dynamoDBClient(t, awstest.StartMoto(t, "sqs", "s3").URL, noRetryDynamoDB)
	if _, err := wrong.ListTables(t.Context(), &dynamodb.ListTablesInput{}); code(err) != "NotImplemented" {
		t.Errorf("got %v", err)
	}
}

// What moto plays besides DynamoDB goes through the same front.
func TestMotoPlaysS3(t *testing.T) {
	moto := awstest.StartMoto(t, "s3")
	_, _, client := start(t, noRetry, func(o *s3.Options) { o.BaseEndpoint, o.UsePathStyle = &moto.URL, true })
	if _, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: new("bucket")}); err != nil {
		t.Fatal(err)
	}
	if _, err := client.PutObject(t.Context(), put("bucket", "a b/ü+%41", "x")); err != nil {
		t.Fatal(err)
	}
	out, err := client.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: new("bucket")})
	if err != nil || len(out.Contents) != 1 || *out.Contents[0].Key != "a b/ü+%41" {
		t.Errorf("got %+v, %v", out, err)
	}
}

// One of those who write on the same condition wins, and the others know it.
func TestConditionsAreAtomic(t *testing.T) {
	_, _, client := startDynamoDB(t, noRetryDynamoDB)
	const writers, rounds = 16, 8
	for round := range rounds {
		var won atomic.Int32
		var wg sync.WaitGroup
		for writer := range writers {
			wg.Go(func() {
				_, err := client.PutItem(t.Context(), &dynamodb.PutItemInput{
					TableName: new("keys"), Item: attributes("key", fmt.Sprint(round), "writer", fmt.Sprint(writer)),
					ConditionExpression: new("attribute_not_exists(#k)"), ExpressionAttributeNames: map[string]string{"#k": "key"},
				})
				switch {
				case err == nil:
					won.Add(1)
				case !as[*types.ConditionalCheckFailedException](err):
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n := won.Load(); n != 1 {
			t.Errorf("round %d: %d writers won", round, n)
		}
	}
}

func TestMotoIsMissing(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	for ci, want := range map[string]string{"": "skip: ", "true": "fatal: "} {
		t.Setenv("CI", ci)
		want += "awstest: moto_server is not installed: pip install 'moto[server]'"
		if got := fatal(t, func(tb testing.TB) { awstest.StartMoto(tb, "dynamodb") }); got != want {
			t.Errorf("CI=%s: got %q, want %q", ci, got, want)
		}
	}
}

func TestMotoThatEnds(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(folder+"/moto_server", []byte("#!/bin/sh\necho no module named flask >&2\nexit 1\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", folder+":/usr/bin:/bin")
	awstest.ForgetMotos(t)
	if got := fatal(t, func(tb testing.TB) { awstest.StartMoto(tb, "dynamodb") }); got != "fatal: awstest: moto: it ended: no module named flask" {
		t.Errorf("got %q", got)
	}
}

// A moto that somebody has ended is replaced.
func TestMotoThatHasDied(t *testing.T) {
	var first string
	t.Run("", func(t *testing.T) {
		moto := awstest.StartMoto(t, "dynamodb")
		first = moto.Process()
		moto.Kill()
	})
	if second := awstest.StartMoto(t, "dynamodb").Process(); second == first {
		t.Error("the dead process is used again")
	}
}

// The process does not outlive the tests, even if they are killed.
func TestMotoDiesWithTheTests(t *testing.T) {
	if os.Getenv("AWSTEST_HELPER") != "" {
		moto := awstest.StartMoto(t, "dynamodb")
		fmt.Println("moto is at", strings.TrimPrefix(moto.Process(), "http://"))
		if os.Getenv("AWSTEST_HELPER") == "hang" {
			select {}
		}
		return
	}
	if _, err := exec.LookPath("moto_server"); err != nil {
		awstest.StartMoto(t, "dynamodb") // skips or fails
	}
	for _, end := range []string{"hang", "return"} {
		tests := exec.Command(os.Args[0], "-test.run=^TestMotoDiesWithTheTests$", "-test.v")
		tests.Env = append(os.Environ(), "AWSTEST_HELPER="+end)
		out, err := tests.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := tests.Start(); err != nil {
			t.Fatal(err)
		}
		address := ""
		for lines := bufio.NewScanner(out); address == "" && lines.Scan(); {
			_, address, _ = strings.Cut(lines.Text(), "moto is at ")
		}
		if end == "hang" {
			_ = tests.Process.Kill()
		}
		_ = tests.Wait()
		if address == "" {
			t.Fatal("the tests did not say where their moto is")
		}
		waitFor(t, end+": the end of moto", func() bool {
			connection, err := net.Dial("tcp", address)
			if err == nil {
				connection.Close()
			}
			return err != nil
		})
	}
}

// A caller that hangs up does not let the next one in before moto is done.
func TestMotoFinishesWhatWasBegun(t *testing.T) {
	moto, _, client := startDynamoDB(t, noRetryDynamoDB)
	request := signedFor(t, "dynamodb", "POST", moto.URL, strings.NewReader(`{"TableName":"keys","Item":{"key":{"S":"k"}}}`))
	request.Header.Set("X-Amz-Target", "DynamoDB_20120810.PutItem")
	connection, err := net.Dial("tcp", strings.TrimPrefix(moto.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	if err := request.Write(connection); err != nil {
		t.Fatal(err)
	}
	connection.Close()
	waitFor(t, "the item", func() bool {
		out, err := client.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: new("keys"), Key: attributes("key", "k")})
		if err != nil {
			t.Fatal(err)
		}
		return out.Item != nil
	})
}

// fatal returns how f ended its test, and with which words.
func fatal(t *testing.T, f func(testing.TB)) string {
	t.Helper()
	tb := &recordingTB{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			if r := recover(); r != nil && r != errEnded {
				panic(r)
			}
		}()
		f(tb)
	}()
	<-done
	return tb.end
}

var errEnded = errors.New("ended")

// recordingTB takes down how a test would end.
type recordingTB struct {
	testing.TB
	end string
}

func (r *recordingTB) Fatal(args ...any) { r.end = "fatal: " + fmt.Sprint(args...); panic(errEnded) }
func (r *recordingTB) Skip(args ...any)  { r.end = "skip: " + fmt.Sprint(args...); panic(errEnded) }
func (r *recordingTB) Fatalf(format string, args ...any) {
	r.Fatal(fmt.Sprintf(format, args...))
}
