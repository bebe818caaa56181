// The GET of an item in Node.js, as the bench compares it with ours: the AWS SDK,
// the Lambda Runtime API, and nothing else. Run in the folder where the bench has
// installed the SDK.
import { createRequire } from 'node:module'
import { join } from 'node:path'

const { DynamoDBClient, GetItemCommand } = createRequire(join(process.env.BENCH_MODULES, 'package.json'))('@aws-sdk/client-dynamodb')
const client = new DynamoDBClient({})
const runtime = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation`

async function handle (event) {
  const { Item } = await client.send(new GetItemCommand({
    TableName: process.env.TABLE_NAME,
    ConsistentRead: true,
    Key: {
      owner: { S: event.requestContext.authorizer.claims.sub },
      item: { S: `item#${event.pathParameters.id}` }
    }
  }))
  if (!Item) return { statusCode: 404, headers: {}, body: '' }
  const body = Object.fromEntries(Object.entries(Item).map(([name, value]) => [name, Object.values(value)[0]]))
  return { statusCode: 200, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }
}

for (;;) {
  const next = await fetch(`${runtime}/next`)
  const id = next.headers.get('lambda-runtime-aws-request-id')
  const answer = await handle(await next.json())
  await (await fetch(`${runtime}/${id}/response`, { method: 'POST', body: JSON.stringify(answer) })).arrayBuffer()
}
