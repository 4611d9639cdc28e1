// The functions of the soak test, as text: they run in processes of the server.

/** Notes the key and the sequence number of each record. */
export const kNoteHandler = `
const fs = require('node:fs');
exports.handler = async (event) => {
  const lines = event.Records.map(({ dynamodb: { Keys, SequenceNumber } }) => (
    Keys.pk.S + '/' + Keys.sk.N + ' ' + SequenceNumber + '\\n'));
  fs.appendFileSync(process.env.NOTES, lines.join(''));
};
`;

/** Counts records in one transaction per batch that carries the checkpoint token, and ends its
 *  process now and then right after the commit: the batch is finished all the same. */
export const kCountHandler = `
const http = require('node:http');
const agent = new http.Agent({ keepAlive: true });
function call(operation, body) {
  return new Promise((resolve, reject) => {
    const request = http.request(process.env.AWS_ENDPOINT_URL, {
      method: 'POST', agent,
      headers: {
        'Content-Type': 'application/x-amz-json-1.0',
        'X-Amz-Target': 'DynamoDB_20120810.' + operation,
        Authorization: 'AWS4-HMAC-SHA256 Credential=function/20260101/us-east-1/dynamodb/' +
          'aws4_request, SignedHeaders=host, Signature=' + '0'.repeat(64),
        'X-Amz-Date': '20260101T000000Z',
      },
    }, (response) => {
      let text = '';
      response.on('data', (chunk) => { text += chunk; });
      response.on('end', () => resolve({ status: response.statusCode, text }));
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end(JSON.stringify(body));
  });
}
exports.handler = async (event, context) => {
  const counts = new Map();
  for (const { dynamodb: { Keys } } of event.Records) {
    counts.set(Keys.pk.S, (counts.get(Keys.pk.S) ?? 0) + 1);
  }
  const { status, text } = await call('TransactWriteItems', {
    ClientRequestToken: context.checkpointToken,
    TransactItems: [...counts].map(([pk, count]) => ({ Update: {
      TableName: process.env.TABLE, Key: { pk: { S: pk } },
      UpdateExpression: 'ADD records :n',
      ExpressionAttributeValues: { ':n': { N: String(count) } },
    } })),
  });
  // Somebody else has finished this batch.
  if (text.includes('CheckpointConflict')) return;
  if (status !== 200) throw new Error(text);
  if (Math.random() < 0.02) process.exit(3);
};
`;
