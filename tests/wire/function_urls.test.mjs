// Function URLs: what a handler sees of a request, and what a client gets of its answer.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import {
  CreateFunctionUrlConfigCommand, DeleteFunctionUrlConfigCommand, UpdateFunctionUrlConfigCommand,
} from '@aws-sdk/client-lambda';
import { exchange } from './harness.mjs';
import { useHandlers } from './invoke_client.mjs';

const { server, send, node } = useHandlers();

// Answers with the event, unless the query says how to answer.
const kHandler = `
exports.handler = async (event) => {
  switch (event.queryStringParameters?.act) {
    case 'described': return {
      statusCode: 201, headers: { 'Content-Type': 'text/plain', 'X-Own': 'yes' },
      cookies: ['a=b; Path=/', 'c=d'], body: 'made',
    };
    case 'bytes': return {
      statusCode: 200, headers: { 'content-type': 'image/png' },
      body: Buffer.from([0, 255, 1]).toString('base64'), isBase64Encoded: true,
    };
    case 'redirect': return { statusCode: 302, headers: { location: '/there' } };
    case 'text': return 'Hello, world!';
    case 'throw': throw new Error('it went wrong');
    case 'malformed': return { statusCode: 200, body: { not: 'text' } };
    default: return event;
  }
};`;

let host;
let id;

describe('function URLs', () => {
  before(async () => {
    await node('site', {}, kHandler);
    const { FunctionUrl } = await send(new CreateFunctionUrlConfigCommand({
      FunctionName: 'site', AuthType: 'NONE',
    }));
    ({ host } = new URL(FunctionUrl));
    [id] = host.split('.');
  });

  const ask = (target, { method = 'GET', headers = {}, body } = {}) => (
    exchange(server, { method, path: target, headers: { Host: host, ...headers }, body }));

  test('the handler sees the request', async () => {
    const { status, headers, json } = await ask('/a%20b/c?x=1&x=2&y=%C3%A4', {
      method: 'POST', body: '{"k":"v"}',
      headers: {
        'Content-Type': 'application/json', Cookie: 'k=v; l=w', 'X-Many': ['1', '2'],
        'User-Agent': 'test',
      },
    });
    assert.equal(status, 200);
    assert.equal(headers['content-type'], 'application/json');
    const { requestContext: context, ...event } = json;
    assert.equal(event.version, '2.0');
    assert.equal(event.routeKey, '$default');
    assert.equal(event.rawPath, '/a%20b/c');
    assert.equal(event.rawQueryString, 'x=1&x=2&y=%C3%A4');
    assert.deepEqual(event.queryStringParameters, { x: '1,2', y: '\u00e4' });
    assert.deepEqual(event.cookies, ['k=v', 'l=w']);
    assert.equal(event.headers['x-many'].replace(' ', ''), '1,2');
    assert.equal(event.headers.cookie, undefined);
    assert.equal(event.body, '{"k":"v"}');
    assert.equal(event.isBase64Encoded, false);
    assert.equal(context.accountId, '000000000000');
    assert.equal(context.apiId, id);
    assert.equal(context.domainName, host);
    assert.equal(context.domainPrefix, id);
    assert.equal(context.stage, '$default');
    assert.match(context.requestId, /^[0-9a-f-]{36}$/);
    assert.match(context.time, /^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/);
    assert.ok(Math.abs(context.timeEpoch - Date.now()) < 60_000);
    assert.deepEqual(context.http, {
      method: 'POST', path: '/a%20b/c', protocol: 'HTTP/1.1', sourceIp: '127.0.0.1',
      userAgent: 'test',
    });
  });

  test('bodies that are no text are base64', async () => {
    const { json } = await ask('/', {
      method: 'PUT', body: Buffer.from([0, 255]), headers: { 'Content-Type': 'image/png' },
    });
    assert.equal(json.body, 'AP8=');
    assert.equal(json.isBase64Encoded, true);
  });

  test('clients that cannot resolve the name use a path', async () => {
    const { json } = await exchange(server, { method: 'GET', path: `/_url/${id}/x?y=z` });
    assert.equal(json.rawPath, '/x');
    assert.equal(json.queryStringParameters.y, 'z');
  });

  test('an object with a status code describes the reply', async () => {
    const answer = await ask('/?act=described');
    assert.equal(answer.status, 201);
    assert.equal(answer.text, 'made');
    assert.equal(answer.headers['content-type'], 'text/plain');
    assert.equal(answer.headers['x-own'], 'yes');
    assert.deepEqual(answer.headers['set-cookie'], ['a=b; Path=/', 'c=d']);
    const bytes = await ask('/?act=bytes');
    assert.deepEqual([...bytes.body], [0, 255, 1]);
    assert.equal(bytes.headers['content-type'], 'image/png');
    const redirect = await ask('/?act=redirect');
    assert.equal(redirect.status, 302);
    assert.equal(redirect.headers.location, '/there');
  });

  test('any other value is the body', async () => {
    const answer = await ask('/?act=text');
    assert.equal(answer.status, 200);
    assert.equal(answer.text, '"Hello, world!"');
    assert.equal(answer.headers['content-type'], 'application/json');
  });

  test('failures of the handler are not shown to clients', async () => {
    for (const act of ['throw', 'malformed']) {
      const answer = await ask(`/?act=${act}`);
      assert.equal(answer.status, 502, act);
      assert.deepEqual(answer.json, { message: 'Internal Server Error' });
    }
  });

  test('other origins are answered as the configuration says', async () => {
    const allowed = { Origin: 'https://page.example' };
    const preflight = { ...allowed, 'Access-Control-Request-Method': 'PUT' };
    // Without Cors the handler answers browsers itself.
    assert.equal((await ask('/', { method: 'OPTIONS', headers: preflight })).json.version, '2.0');
    await send(new UpdateFunctionUrlConfigCommand({
      FunctionName: 'site',
      Cors: { AllowOrigins: ['https://page.example'], AllowMethods: ['PUT'], MaxAge: 5 },
    }));
    const answer = await ask('/', { method: 'OPTIONS', headers: preflight });
    assert.equal(answer.status, 200);
    assert.equal(answer.text, '');
    assert.equal(answer.headers['access-control-allow-origin'], 'https://page.example');
    assert.equal(answer.headers['access-control-allow-methods'], 'PUT');
    assert.equal(answer.headers['access-control-max-age'], '5');
    assert.equal((await ask('/', { headers: allowed })).headers['access-control-allow-origin'],
      'https://page.example');
    assert.equal((await ask('/', { headers: { Origin: 'https://other.example' } }))
      .headers['access-control-allow-origin'], undefined);
  });

  test('URLs that want signatures refuse those who have none', async () => {
    await send(new UpdateFunctionUrlConfigCommand({ FunctionName: 'site', AuthType: 'AWS_IAM' }));
    assert.equal((await ask('/')).status, 403);
    await send(new UpdateFunctionUrlConfigCommand({ FunctionName: 'site', AuthType: 'NONE' }));
    assert.equal((await ask('/')).status, 200);
  });

  test('a URL that was deleted leads nowhere', async () => {
    await send(new DeleteFunctionUrlConfigCommand({ FunctionName: 'site' }));
    assert.equal((await ask('/')).status, 404);
  });
});
