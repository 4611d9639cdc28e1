// The notifier: puts a message into the queue `notifications` for every order that was shipped. The
// mapping's filter hands it nothing else. It needs no library: the queue speaks JSON.

const endpoint = process.env.AWS_ENDPOINT_URL;

async function send(entries) {
  const answer = await fetch(endpoint, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/x-amz-json-1.0',
      'X-Amz-Target': 'AmazonSQS.SendMessageBatch',
    },
    body: JSON.stringify({ QueueUrl: process.env.QUEUE_URL, Entries: entries }),
  });
  const { Failed } = await answer.json();
  if (!answer.ok || Failed?.length > 0) throw new Error(`the queue answers ${answer.status}`);
}

export async function handler({ Records }) {
  // The queue takes ten messages at a time, and so many records come in a batch.
  await send(Records.map(({ dynamodb: { NewImage } }, index) => ({
    Id: String(index),
    MessageBody: JSON.stringify({ order: NewImage.order.S, customer: NewImage.customer.S }),
  })));
}
