// Logs through the stock client: groups, streams, events in both directions, searching, retention.

import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import {
  CloudWatchLogsClient, CreateLogGroupCommand, CreateLogStreamCommand, DeleteLogGroupCommand,
  DeleteLogStreamCommand, DeleteRetentionPolicyCommand, DescribeLogGroupsCommand,
  DescribeLogStreamsCommand, FilterLogEventsCommand, GetLogEventsCommand,
  ListTagsForResourceCommand, ListTagsLogGroupCommand, paginateFilterLogEvents,
  PutLogEventsCommand, PutRetentionPolicyCommand, TagLogGroupCommand, TagResourceCommand,
  UntagLogGroupCommand, UntagResourceCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { eventually, exchange, startServer, useServer } from './harness.mjs';

let client;

const newClient = (endpoint) => new CloudWatchLogsClient({
  endpoint, region: 'us-east-1', maxAttempts: 1,
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
});

const server = useServer({ flags: ['--clock=virtual'] }, async (running) => {
  client = newClient(running.endpoint);
});
after(() => client.destroy());

const send = (command) => client.send(command);
const now = async () => {
  const answer = await exchange(server, { method: 'GET', path: '/_admin/clock' });
  return answer.json.now_ms;
};
const advance = async (ms) => {
  const answer = await exchange(server, {
    method: 'POST', path: '/_admin/clock', body: JSON.stringify({ advance_ms: ms }),
  });
  assert.equal(answer.status, 200);
};
const kDayMs = 24 * 3600 * 1000;

async function create(logGroupName, ...streams) {
  await send(new CreateLogGroupCommand({ logGroupName }));
  for (const logStreamName of streams) {
    await send(new CreateLogStreamCommand({ logGroupName, logStreamName }));
  }
}
const put = (logGroupName, logStreamName, events) => send(new PutLogEventsCommand({
  logGroupName, logStreamName,
  logEvents: events.map(([timestamp, message]) => ({ timestamp, message })),
}));
async function filter(logGroupName, rest = {}) {
  const messages = [];
  for await (const page of paginateFilterLogEvents({ client }, { logGroupName, ...rest })) {
    messages.push(...page.events.map(({ message }) => message));
  }
  return messages;
}
const get = (rest) => send(new GetLogEventsCommand(rest));
const texts = ({ events }) => events.map(({ message }) => message);
const refused = (command, name, message) => assert.rejects(send(command), (error) => {
  assert.equal(error.name, name);
  if (message !== undefined) assert.match(error.message, message);
  return true;
});

describe('groups and streams', () => {
  test('are made once, described in order, and deleted', async () => {
    const names = ['/list/a', '/list/b', '/list/c'];
    for (const name of names) await create(name);
    await refused(new CreateLogGroupCommand({ logGroupName: '/list/a' }),
      'ResourceAlreadyExistsException', /^The specified log group already exists$/);
    const page = await send(new DescribeLogGroupsCommand({
      logGroupNamePrefix: '/list/', limit: 2,
    }));
    assert.deepEqual(page.logGroups.map((group) => group.logGroupName), names.slice(0, 2));
    const [group] = page.logGroups;
    assert.equal(group.arn, 'arn:aws:logs:us-east-1:000000000000:log-group:/list/a:*');
    assert.equal(group.logGroupArn, 'arn:aws:logs:us-east-1:000000000000:log-group:/list/a');
    assert.equal(group.retentionInDays, undefined);
    assert.equal(group.metricFilterCount, 0);
    assert.equal(group.logGroupClass, 'STANDARD');
    assert.ok(group.creationTime > 1.7e12);
    const rest = await send(new DescribeLogGroupsCommand({
      logGroupNamePrefix: '/list/', limit: 2, nextToken: page.nextToken,
    }));
    assert.deepEqual(rest.logGroups.map(({ logGroupName }) => logGroupName), names.slice(2));
    assert.equal(rest.nextToken, undefined);
    const matching = await send(new DescribeLogGroupsCommand({ logGroupNamePattern: 'st/b' }));
    assert.deepEqual(matching.logGroups.map(({ logGroupName }) => logGroupName), ['/list/b']);
    await send(new DeleteLogGroupCommand({ logGroupName: '/list/b' }));
    await refused(new DeleteLogGroupCommand({ logGroupName: '/list/b' }),
      'ResourceNotFoundException', /^The specified log group does not exist\.$/);
  });

  test('streams are listed by name or by their last event', async () => {
    await create('/streams', 'a', 'b', 'c');
    const time = await now();
    await put('/streams', 'b', [[time, 'b']]);
    await put('/streams', 'a', [[time - 5, 'first'], [time + 1, 'last']]);
    const list = async (rest) => (await send(new DescribeLogStreamsCommand({
      logGroupName: '/streams', ...rest,
    }))).logStreams.map(({ logStreamName }) => logStreamName);
    assert.deepEqual(await list(), ['a', 'b', 'c']);
    assert.deepEqual(await list({ descending: true }), ['c', 'b', 'a']);
    assert.deepEqual(await list({ orderBy: 'LastEventTime', descending: true }), ['a', 'b', 'c']);
    assert.deepEqual(await list({ logStreamNamePrefix: 'b' }), ['b']);
    const page = await send(new DescribeLogStreamsCommand({
      logGroupIdentifier: 'arn:aws:logs:us-east-1:000000000000:log-group:/streams:*',
      orderBy: 'LastEventTime', descending: true, limit: 1,
    }));
    const [stream] = page.logStreams;
    assert.equal(stream.firstEventTimestamp, time - 5);
    assert.equal(stream.lastEventTimestamp, time + 1);
    assert.equal(stream.arn,
      'arn:aws:logs:us-east-1:000000000000:log-group:/streams:log-stream:a');
    assert.deepEqual(await list({
      orderBy: 'LastEventTime', descending: true, nextToken: page.nextToken,
    }), ['b', 'c']);
    await refused(new DescribeLogStreamsCommand({
      logGroupName: '/streams', orderBy: 'LastEventTime', logStreamNamePrefix: 'a',
    }), 'InvalidParameterException', /^Cannot order by LastEventTime with a logStreamNamePrefix/);
    await refused(new CreateLogStreamCommand({ logGroupName: '/streams', logStreamName: 'a' }),
      'ResourceAlreadyExistsException', /^The specified log stream already exists$/);
    await send(new DeleteLogStreamCommand({ logGroupName: '/streams', logStreamName: 'a' }));
    assert.deepEqual(await filter('/streams'), ['b']);
    await refused(new DeleteLogStreamCommand({ logGroupName: '/streams', logStreamName: 'a' }),
      'ResourceNotFoundException', /^The specified log stream does not exist\.$/);
  });

  test('names and limits are checked', async () => {
    for (const logGroupName of ['', 'a b', 'x'.repeat(513), undefined]) {
      await refused(new CreateLogGroupCommand({ logGroupName }), 'InvalidParameterException',
        /at 'logGroupName' failed to satisfy constraint/);
    }
    await create('/names');
    for (const logStreamName of ['', 'a:b', 'a*']) {
      await refused(new CreateLogStreamCommand({ logGroupName: '/names', logStreamName }),
        'InvalidParameterException', /at 'logStreamName' failed to satisfy constraint/);
    }
    await refused(new DescribeLogGroupsCommand({ limit: 51 }), 'InvalidParameterException');
    await refused(new DescribeLogStreamsCommand({ logGroupName: '/missing' }),
      'ResourceNotFoundException');
    await refused(new DescribeLogStreamsCommand({
      logGroupIdentifier: 'arn:aws:logs:eu-west-1:000000000000:log-group:/names',
    }), 'ResourceNotFoundException');
  });

  test('tags come in two forms', async () => {
    const logGroupName = '/tags';
    await send(new CreateLogGroupCommand({ logGroupName, tags: { a: '1' } }));
    const resourceArn = 'arn:aws:logs:us-east-1:000000000000:log-group:/tags';
    await send(new TagResourceCommand({ resourceArn, tags: { b: '2', c: '3' } }));
    await send(new TagLogGroupCommand({ logGroupName, tags: { a: '4' } }));
    await send(new UntagResourceCommand({ resourceArn, tagKeys: ['b'] }));
    const { tags } = await send(new ListTagsForResourceCommand({ resourceArn }));
    assert.deepEqual(tags, { a: '4', c: '3' });
    await send(new UntagLogGroupCommand({ logGroupName, tags: ['a'] }));
    assert.deepEqual((await send(new ListTagsLogGroupCommand({ logGroupName }))).tags, { c: '3' });
    await refused(new TagResourceCommand({
      resourceArn, tags: Object.fromEntries([...Array(50).keys()].map((n) => [`k${n}`, ''])),
    }), 'TooManyTagsException');
    await refused(new ListTagsForResourceCommand({ resourceArn: `${resourceArn}x` }),
      'ResourceNotFoundException');
  });
});

describe('events', () => {
  test('are read forward and backward by tokens that go on working', async () => {
    const logGroupName = '/read';
    const logStreamName = 's';
    await create(logGroupName, logStreamName, 'other');
    const time = await now();
    const all = [...Array(25).keys()].map((n) => `event ${n}`);
    await put(logGroupName, logStreamName, all.map((text, n) => [time + Math.floor(n / 4), text]));
    await put(logGroupName, 'other', [[time, 'not this']]);
    const seen = [];
    let page = await get({ logGroupName, logStreamName, limit: 10, startFromHead: true });
    while (page.events.length > 0) {
      seen.push(...texts(page));
      page = await get({
        logGroupName, logStreamName, limit: 10, nextToken: page.nextForwardToken,
      });
    }
    assert.deepEqual(seen, all);
    // At the end the token stays the same, and finds what comes later.
    const again = await get({ logGroupName, logStreamName, nextToken: page.nextForwardToken });
    assert.equal(again.nextForwardToken, page.nextForwardToken);
    await put(logGroupName, logStreamName, [[time + 100, 'late']]);
    assert.deepEqual(texts(await get({
      logGroupName, logStreamName, nextToken: again.nextForwardToken,
    })), ['late']);
    // Backward from the end, which is where reading begins.
    let back = await get({ logGroupName, logStreamName, limit: 20 });
    assert.deepEqual(texts(back), [...all.slice(6), 'late']);
    back = await get({ logGroupName, logStreamName, limit: 20, nextToken: back.nextBackwardToken });
    assert.deepEqual(texts(back), all.slice(0, 6));
    const first = await get({ logGroupName, logStreamName, nextToken: back.nextBackwardToken });
    assert.deepEqual(first.events, []);
    assert.equal(first.nextBackwardToken, back.nextBackwardToken);
    // Times: from the start, up to but without the end.
    assert.deepEqual(texts(await get({
      logGroupName, logStreamName, startTime: time + 1, endTime: time + 2, startFromHead: true,
    })), all.slice(4, 8));
    await refused(new GetLogEventsCommand({ logGroupName, logStreamName, nextToken: 'f/x' }),
      'InvalidParameterException', /^The specified nextToken is invalid\.$/);
    await refused(new GetLogEventsCommand({ logGroupName, logStreamName: 'none' }),
      'ResourceNotFoundException', /^The specified log stream does not exist\.$/);
  });

  test('an empty stream can be followed', async () => {
    await create('/empty', 's');
    const names = { logGroupName: '/empty', logStreamName: 's' };
    const page = await get(names);
    assert.deepEqual(page.events, []);
    const time = await now();
    await put('/empty', 's', [[time, 'one']]);
    const next = await get({ ...names, nextToken: page.nextForwardToken });
    assert.deepEqual(texts(next), ['one']);
    assert.equal(next.events[0].timestamp, time);
    assert.ok(next.events[0].ingestionTime >= time);
  });

  test('are searched over all streams in the order of time', async () => {
    const logGroupName = '/filter';
    await create(logGroupName, 'web-1', 'web-2', 'db');
    const time = await now();
    await put(logGroupName, 'web-1', [[time, 'ERROR in a'], [time + 2, 'INFO "quoted text" c']]);
    await put(logGroupName, 'web-2', [[time + 1, 'ERROR in b'], [time + 3, 'WARN d']]);
    await put(logGroupName, 'db', [[time + 4, 'ERROR in e']]);
    const all = ['ERROR in a', 'ERROR in b', 'INFO "quoted text" c', 'WARN d', 'ERROR in e'];
    assert.deepEqual(await filter(logGroupName), all);
    assert.deepEqual(await filter(logGroupName, { limit: 1, interleaved: true }), all);
    assert.deepEqual(await filter(logGroupName, { filterPattern: 'ERROR' }),
      ['ERROR in a', 'ERROR in b', 'ERROR in e']);
    assert.deepEqual(await filter(logGroupName, { filterPattern: 'ERROR -b' }),
      ['ERROR in a', 'ERROR in e']);
    assert.deepEqual(await filter(logGroupName, { filterPattern: '"quoted text"' }), [all[2]]);
    assert.deepEqual(await filter(logGroupName, { filterPattern: '?WARN ?INFO' }), all.slice(2, 4));
    assert.deepEqual(await filter(logGroupName, { logStreamNames: ['db', 'web-2'] }),
      [all[1], all[3], all[4]]);
    assert.deepEqual(await filter(logGroupName, { logStreamNamePrefix: 'web' }), all.slice(0, 4));
    // Both ends of the time are included.
    assert.deepEqual(await filter(logGroupName, { startTime: time + 1, endTime: time + 3 }),
      all.slice(1, 4));
    const page = await send(new FilterLogEventsCommand({
      logGroupIdentifier: 'arn:aws:logs:us-east-1:000000000000:log-group:/filter', limit: 2,
    }));
    assert.equal(page.events.length, 2);
    assert.deepEqual(page.searchedLogStreams, []);
    assert.equal(page.events[1].logStreamName, 'web-2');
    assert.equal(page.events[1].timestamp, time + 1);
    assert.match(page.events[1].eventId, /^\d{56}$/);
    assert.notEqual(page.events[0].eventId, page.events[1].eventId);
    for (const rest of [{ filterPattern: '{ $.a = 1 }' }, { nextToken: 'x' }, { limit: 10001 },
      { logStreamNames: ['db'], logStreamNamePrefix: 'w' }]) {
      await refused(new FilterLogEventsCommand({ logGroupName, ...rest }),
        'InvalidParameterException');
    }
    await refused(new FilterLogEventsCommand({ logGroupName, logStreamNames: ['no'] }),
      'ResourceNotFoundException');
    await refused(new FilterLogEventsCommand({ logGroupName: '/none' }),
      'ResourceNotFoundException');
  });

  test('large pages end by size, and nothing is left out between them', async () => {
    await create('/large', 's');
    const time = await now();
    const text = 'x'.repeat(200_000);
    for (let batch = 0; batch < 4; ++batch) {
      await put('/large', 's', [...Array(4).keys()].map((n) => [time, `${batch}${n}${text}`]));
    }
    const first = await send(new FilterLogEventsCommand({ logGroupName: '/large' }));
    assert.equal(first.events.length, 5);
    assert.deepEqual((await filter('/large')).map((each) => each.slice(0, 2)),
      ['00', '01', '02', '03', '10', '11', '12', '13', '20', '21', '22', '23',
        '30', '31', '32', '33']);
  });

  test('a put is checked as a whole', async () => {
    await create('/put', 's');
    const time = await now();
    const bad = (events, message) => assert.rejects(put('/put', 's', events), (error) => {
      assert.equal(error.name, 'InvalidParameterException');
      assert.match(error.message, message);
      return true;
    });
    await bad([], /logEvents/);
    await bad([[time, '']], /message/);
    await bad([[-1, 'x']], /timestamp/);
    await bad([[time, 'x'], [time - 1, 'y']], /must be in chronological order/);
    await bad([[time - 25 * 3600 * 1000, 'x'], [time, 'y']], /cannot span more than 24 hours/);
    await bad([[time, 'x'.repeat(1024 * 1024)]], /^Upload too large: 1048602 bytes exceeds limit/);
    await bad([...Array(10001).keys()].map(() => [time, 'x']), /logEvents/);
    await refused(new PutLogEventsCommand({
      logGroupName: '/put', logStreamName: 'none', logEvents: [{ timestamp: time, message: 'x' }],
    }), 'ResourceNotFoundException', /log stream/);
    await refused(new PutLogEventsCommand({
      logGroupName: '/none', logStreamName: 's', logEvents: [{ timestamp: time, message: 'x' }],
    }), 'ResourceNotFoundException', /log group/);
    const old = await put('/put', 's', [[time - 15 * kDayMs, 'old']]);
    assert.deepEqual(old.rejectedLogEventsInfo, { tooOldLogEventEndIndex: 1 });
    const late = await put('/put', 's', [[time, 'taken'], [time + 3 * 3600 * 1000, 'new']]);
    assert.equal(late.rejectedLogEventsInfo.tooNewLogEventStartIndex, 1);
    assert.deepEqual(await filter('/put'), ['taken']);
    await put('/put', 's', [...Array(10000).keys()].map((n) => [time + 1, `${n}`]));
    assert.equal((await filter('/put')).length, 10001);
  });

  test('the answer is JSON 1.1, and so is an error', async () => {
    for (const [operation, status] of [['DescribeLogGroups', 200], ['DeleteLogGroup', 400]]) {
      const answer = await exchange(server, {
        method: 'POST', path: '/', body: '{"logGroupName":"/none"}',
        headers: {
          'X-Amz-Target': `Logs_20140328.${operation}`,
          'Content-Type': 'application/x-amz-json-1.1',
        },
      });
      assert.equal(answer.status, status);
      assert.equal(answer.headers['content-type'], 'application/x-amz-json-1.1');
    }
    const table = await exchange(server, {
      method: 'POST', path: '/', body: '{}',
      headers: {
        'X-Amz-Target': 'DynamoDB_20120810.ListTables',
        'Content-Type': 'application/x-amz-json-1.1',
      },
    });
    assert.equal(table.status, 404);
  });
});

describe('retention', () => {
  test('removes what is too old, by the group or by the server', async () => {
    await create('/kept/default', 's');
    await create('/kept/short', 's');
    await create('/kept/ever', 's');
    await send(new PutRetentionPolicyCommand({
      logGroupName: '/kept/short', retentionInDays: 1,
    }));
    await send(new DeleteRetentionPolicyCommand({ logGroupName: '/kept/ever' }));
    const { logGroups } = await send(new DescribeLogGroupsCommand({
      logGroupNamePrefix: '/kept/short',
    }));
    assert.equal(logGroups[0].retentionInDays, 1);
    await refused(new PutRetentionPolicyCommand({
      logGroupName: '/kept/short', retentionInDays: 2,
    }), 'InvalidParameterException', /enum value set: \[1, 3, 5/);
    await refused(new PutRetentionPolicyCommand({
      logGroupName: '/kept/none', retentionInDays: 1,
    }), 'ResourceNotFoundException');
    const groups = ['/kept/default', '/kept/short', '/kept/ever'];
    const time = await now();
    for (const group of groups) await put(group, 's', [[time, 'old']]);
    const kept = async () => JSON.stringify(await Promise.all(groups.map((each) => filter(each))));
    await advance(2 * kDayMs);
    await eventually(async () => await kept() === '[["old"],[],["old"]]', 'one day');
    await advance(6 * kDayMs);
    await eventually(async () => await kept() === '[[],[],["old"]]', 'seven days');
  });
});

test('what is acknowledged survives a kill', async () => {
  const first = await startServer();
  const names = { logGroupName: '/kill', logStreamName: 's' };
  const writer = newClient(first.endpoint);
  await writer.send(new CreateLogGroupCommand({ logGroupName: '/kill' }));
  await writer.send(new CreateLogStreamCommand(names));
  await writer.send(new PutLogEventsCommand({
    ...names, logEvents: [{ timestamp: Date.now(), message: 'kept' }],
  }));
  writer.destroy();
  await first.end('SIGKILL');
  const second = await startServer({ dataDirectory: first.dataDirectory });
  const reader = newClient(second.endpoint);
  assert.deepEqual(texts(await reader.send(new GetLogEventsCommand(names))), ['kept']);
  reader.destroy();
  second.ownsDirectory = true;
  await second.close();
});
