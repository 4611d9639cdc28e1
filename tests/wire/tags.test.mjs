// Tags: adding, replacing, removing, listing.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ListTagsOfResourceCommand, TagResourceCommand, UntagResourceCommand,
} from '@aws-sdk/client-dynamodb';
import {
  assertAnswerHeaders, call, createTable, ok, useServer, waitGone,
} from './harness.mjs';

const server = useServer();
const arn = (name) => `arn:aws:dynamodb:us-east-1:000000000000:table/${name}`;

async function tags(name) {
  const { Tags } = await ok(server, 'ListTagsOfResource', { ResourceArn: arn(name) });
  return Object.fromEntries(Tags.map(({ Key, Value }) => [Key, Value]));
}

const tag = (name, values) => call(server, 'TagResource', {
  ResourceArn: arn(name), Tags: Object.entries(values).map(([Key, Value]) => ({ Key, Value })),
});
const untag = (name, keys) => call(server, 'UntagResource', {
  ResourceArn: arn(name), TagKeys: keys,
});

test('a new table has no tags', async () => {
  await createTable(server, 'Fresh', 'pk:S');
  assert.deepEqual(await ok(server, 'ListTagsOfResource', { ResourceArn: arn('Fresh') }),
    { Tags: [] });
});

test('success is an empty body', async () => {
  await createTable(server, 'Silent', 'pk:S');
  for (const answer of [await tag('Silent', { a: '1' }), await untag('Silent', ['a'])]) {
    assert.equal(answer.status, 200);
    assert.equal(answer.body.length, 0);
    assert.equal(answer.headers['content-length'], '0');
    assertAnswerHeaders(answer);
  }
});

test('tags are added, replaced and removed', async () => {
  await createTable(server, 'Tagged', 'pk:S');
  await tag('Tagged', { a: '1', b: '2' });
  await tag('Tagged', { b: '3', c: '' });
  assert.deepEqual(await tags('Tagged'), { a: '1', b: '3', c: '' });
  await untag('Tagged', ['a', 'absent']);
  assert.deepEqual(await tags('Tagged'), { b: '3', c: '' });
});

test('limits: 50 tags, keys of 128, values of 256', async () => {
  await createTable(server, 'Full', 'pk:S');
  const many = Object.fromEntries(Array.from({ length: 49 }, (_, index) => [`k${index}`, 'v']));
  assert.equal((await tag('Full', many)).status, 200);
  assert.equal((await tag('Full', { ['k'.repeat(128)]: 'v'.repeat(256) })).status, 200);
  const refused = await tag('Full', { onemore: 'v' });
  assert.equal(refused.status, 400);
  assert.match(refused.json.__type, /#LimitExceededException$/);
  assert.equal((await tag('Full', { k0: 'replaced' })).status, 200);
  assert.equal((await tags('Full')).k0, 'replaced');
});

test('a table created again has no tags', async () => {
  await createTable(server, 'Reborn', 'pk:S');
  await tag('Reborn', { a: '1' });
  await ok(server, 'DeleteTable', { TableName: 'Reborn' });
  await waitGone(server, 'Reborn');
  await createTable(server, 'Reborn', 'pk:S');
  assert.deepEqual(await tags('Reborn'), {});
});

test('stock SDK', async () => {
  await createTable(server, 'Sdk', 'pk:S');
  const client = server.sdk();
  const ResourceArn = arn('Sdk');
  await client.send(new TagResourceCommand({ ResourceArn, Tags: [{ Key: 'a', Value: 'b' }] }));
  const { Tags } = await client.send(new ListTagsOfResourceCommand({ ResourceArn }));
  assert.deepEqual(Tags, [{ Key: 'a', Value: 'b' }]);
  await client.send(new UntagResourceCommand({ ResourceArn, TagKeys: ['a'] }));
});
