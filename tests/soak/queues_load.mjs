// Messages through a standard and a FIFO queue. Each message that was acknowledged must be received
// at least once, none that was never sent, none after it was deleted; in the FIFO queue each comes
// under one id only, and those of a group in order. A deletion counts if it was acknowledged before
// anybody else can have received the message: then the handle was out of date, and nothing is
// deleted.

import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { generator } from '../crash/random.mjs';
import { Client } from './client.mjs';

const kGroups = 4;
const kMessagesMax = 20000;
const kVisibleAgainMs = 5000;
const kSureMs = 4000;
const kDrainDeadlineMs = 60000;

/** One queue with what is known of its messages. */
class Queue {
  constructor(name, isFifo) {
    this.name = name;
    this.isFifo = isFifo;
    this.attempted = new Set();
    this.acknowledged = new Set();
    this.ids = new Map(); // body -> ids under which it was received
    this.deletedAt = new Map(); // id -> when its deletion was acknowledged
    this.highest = new Map(); // of each group, as received
  }
}

export class QueuesLoad {
  constructor(round, random) {
    this.round = round;
    const name = `soak${round.number}`;
    this.queues = [new Queue(name, false), new Queue(`${name}.fifo`, true)];
    this.client = new Client(round);
    this.random = generator(random(2 ** 31));
    this.senders = this.queues.flatMap((queue) => [0, 1].map((half) => (
      { queue, half, numbers: new Map(), sent: 0, client: new Client(round) })));
    this.receivers = this.queues.flatMap((queue) => [0, 1].map(() => (
      { queue, client: new Client(round) })));
  }

  async create() {
    for (const queue of this.queues) {
      const { json } = await this.client.insist('AmazonSQS.CreateQueue', {
        QueueName: queue.name,
        Attributes: {
          VisibilityTimeout: String(kVisibleAgainMs / 1000),
          ...(queue.isFifo ? { FifoQueue: 'true' } : {}),
        },
      });
      // The port changes from life to life; the path is what counts.
      queue.url = json.QueueUrl;
    }
  }

  run() {
    return [...this.senders.map((sender) => this.round.repeat(() => this.send(sender))),
      ...this.receivers.map((receiver) => this.round.repeat(() => this.receive(receiver)))];
  }

  /** Each sender of a FIFO queue has its own groups, so that their order is known. */
  async send(sender) {
    const { queue, client } = sender;
    await wait(2);
    if (sender.sent === kMessagesMax) return;
    sender.sent += 1;
    const group = `${sender.half}-${this.random(kGroups)}`;
    const number = (sender.numbers.get(group) ?? 0) + 1;
    sender.numbers.set(group, number);
    const MessageBody = `${group} ${number}`;
    queue.attempted.add(MessageBody);
    const body = { QueueUrl: queue.url, MessageBody };
    if (queue.isFifo) {
      // Sent again until it is acknowledged: the same deduplication id is the same message.
      await client.insist('AmazonSQS.SendMessage', {
        ...body, MessageGroupId: group, MessageDeduplicationId: `${group}-${number}` });
      queue.acknowledged.add(MessageBody);
      return;
    }
    try {
      const { status } = await client.call('AmazonSQS.SendMessage', body);
      if (status === 200) queue.acknowledged.add(MessageBody);
    } catch (error) {
      if (!error.connectionLost) throw error;
    }
  }

  async receive({ queue, client }) {
    await wait(2);
    const { servers } = this.round;
    const beganMs = performance.now();
    const clockMs = servers.nowMs();
    try {
      const { status, json } = await client.call('AmazonSQS.ReceiveMessage', {
        QueueUrl: queue.url, MaxNumberOfMessages: 10 });
      if (status !== 200) return;
      const messages = json.Messages ?? [];
      for (const message of messages) this.#take(queue, message, beganMs);
      for (const { MessageId, ReceiptHandle } of messages) {
        // Some are left for another time.
        if (this.random(20) === 0) break;
        const answer = await client.call('AmazonSQS.DeleteMessage',
          { QueueUrl: queue.url, ReceiptHandle },
          ['InvalidParameterValue', 'ReceiptHandleIsInvalid']);
        const sure = servers.nowMs() - clockMs < kSureMs;
        if (answer.status === 200 && sure) queue.deletedAt.set(MessageId, performance.now());
      }
    } catch (error) {
      if (!error.connectionLost) throw error;
    }
  }

  #take(queue, { Body, MessageId }, beganMs) {
    const { figures } = this.round;
    assert.ok(queue.attempted.has(Body), `'${Body}' was never sent`);
    assert.ok(!(queue.deletedAt.get(MessageId) < beganMs), `'${Body}' was deleted`);
    if (!queue.ids.has(Body)) queue.ids.set(Body, new Set());
    const ids = queue.ids.get(Body);
    if (ids.has(MessageId)) figures.messagesAgain += 1;
    else figures.messages += 1;
    ids.add(MessageId);
    assert.equal(ids.size, 1, `'${Body}' is two messages`);
    if (!queue.isFifo) return;
    const [group, text] = Body.split(' ');
    const highest = queue.highest.get(group) ?? 0;
    assert.ok(Number(text) <= highest + 1, `'${Body}' came right behind ${highest}`);
    queue.highest.set(group, Math.max(highest, Number(text)));
  }

  async check() { this.round.held(); }

  /** Receives what is left. */
  async finish() {
    const deadlineMs = Date.now() + kDrainDeadlineMs;
    for (const queue of this.queues) {
      const missing = () => [...queue.acknowledged].filter((body) => !queue.ids.has(body));
      while (missing().length > 0) {
        assert.ok(Date.now() < deadlineMs,
          `${missing().length} messages of ${queue.name} do not come, as '${missing()[0]}'`);
        const before = queue.ids.size;
        await this.receive({ queue, client: this.client });
        // What was received and not deleted is hidden for a while.
        const { servers } = this.round;
        if (queue.ids.size === before && servers.virtual) await servers.jump(kVisibleAgainMs);
      }
    }
    this.round.held(2);
  }

  async remove() {
    for (const { url } of this.queues) {
      await this.client.insist('AmazonSQS.DeleteQueue', { QueueUrl: url },
        ['QueueDoesNotExist', 'AWS.SimpleQueueService.NonExistentQueue']);
    }
    for (const { client } of [this, ...this.senders, ...this.receivers]) client.close();
  }
}
